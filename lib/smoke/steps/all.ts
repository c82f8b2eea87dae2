import { after } from "./after.ts";
import { alarms } from "./alarms.ts";
import { before } from "./before.ts";
import { builds } from "./builds.ts";
import { check } from "./check.ts";
import { releases } from "./releases.ts";
import { shifts } from "./shifts.ts";
import type { SmokeStep } from "./step.ts";

/** All steps, in the order in which a report lists them: a file for each track. */
export const smokeSteps: readonly SmokeStep[] = [
  ...before,
  ...releases,
  ...shifts,
  ...alarms,
  ...builds,
  ...check,
  ...after,
];
