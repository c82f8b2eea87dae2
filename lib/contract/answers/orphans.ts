import * as z from "zod";
import { orphanReportSchema } from "../../core/orphans.ts";
import { timestamp } from "./common.ts";
import type { Shown } from "./shown.ts";

const { orphans, unchecked } = orphanReportSchema.shape;

export const orphansSchema = z
  .object({
    checked_at: timestamp.nullable().describe("When the last check ended; `null`: not yet."),
    orphans: orphans.describe("By kind and name. `app_id` is the app that it was made for and that is gone."),
    unchecked: unchecked.describe("What could not be checked, and why."),
  })
  .meta({ id: "Orphans", description: "AWS resources of the installation that belong to no app." });
export type ShownOrphans = Shown<typeof orphansSchema>;
