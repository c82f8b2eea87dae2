import { setTimeout as pause } from "node:timers/promises";
import type { Measure } from "../../lib/core/measure.ts";
import type { RetryDeps } from "../../lib/core/retry-on-conflict.ts";

/** What it takes to try conditional writes again, in a function. */
export const retrying = (measure: Measure): RetryDeps => ({
  pause: (milliseconds) => pause(milliseconds),
  random: Math.random,
  measure,
});
