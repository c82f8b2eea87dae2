import * as z from "zod";
import { runSchema as rowSchema } from "../../core/run/run.ts";
import { appLogLineSchema } from "./apps.ts";
import { id, timestamp } from "./common.ts";
import type { Shown } from "./shown.ts";

export const runSchema = z
  .object({
    id,
    app_id: id,
    deployment_id: id.describe("Whose release it runs in."),
    process: z.string(),
    command: z.array(z.string()).describe("In place of the image's `CMD`; an `ENTRYPOINT` gets it as arguments."),
    trigger: rowSchema.shape.trigger,
    cron: rowSchema.shape.cron.describe("Of which cron of the app it is a run; `null`: of none."),
    scheduled_at: timestamp.nullable().describe("When it was to run, as its schedule says."),
    actor: z.string(),
    actor_id: z.string().nullable(),
    status: rowSchema.shape.status,
    message: z.string().describe("How it goes, or why it ended so."),
    exit_code: z.number().int().nullable().describe("Of the command; `null`: it has not ended, or did not start."),
    created_at: timestamp,
    started_at: timestamp.nullable(),
    finished_at: timestamp.nullable(),
    deadline_at: timestamp.nullable().describe("When it is stopped, unless it is over by then."),
    cancel_requested_at: timestamp.nullable(),
    task: z.string().nullable().describe("The id of its task in ECS."),
  })
  .meta({
    id: "Run",
    description: "A command that runs once, as a task with the image and configuration of a release.",
  });
export type ShownRun = Shown<typeof runSchema>;

export const runLogPageSchema = z.object({
  success: z.literal(true),
  next_cursor: z.string().describe("Pass it as `after` to continue; always present."),
  complete: z.boolean().describe("The run is over, and all that it printed was read."),
  data: z.array(appLogLineSchema),
});
