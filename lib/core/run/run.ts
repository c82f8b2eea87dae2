import * as z from "zod";

const id = z.number().int().positive();
const timestamp = z.string();

const runStatusSchema = z.enum(["pending", "running", "succeeded", "failed", "cancelled"]);
export type RunStatus = z.infer<typeof runStatusSchema>;

/** The row of a run: a command that runs once, as a task of its own, with what a release has. */
export const runSchema = z.object({
  id,
  app_id: id,
  /** Whose release it runs in. */
  deployment_id: id,
  process: z.string(),
  command: z.array(z.string()).min(1),
  trigger: z.enum(["manual", "cron", "release"]),
  /** Which cron of the app it is a run of, and when it was to run; `null`: of none. */
  cron: z.string().nullable().default(null),
  scheduled_at: timestamp.nullable().default(null),
  actor: z.string(),
  actor_id: z.string().nullable(),
  status: runStatusSchema,
  /** How it goes, or why it ended so, as a sentence. */
  message: z.string(),
  exit_code: z.number().int().nullable(),
  timeout_minutes: z.number().int().positive(),
  created_at: timestamp,
  started_at: timestamp.nullable(),
  finished_at: timestamp.nullable(),
  cancel_requested_at: timestamp.nullable(),
  /** When it is stopped unless it is over by then; once it is being stopped, when that is not waited for any more. */
  deadline_at: timestamp.nullable(),
  /** The ARN of what it runs; known when it was asked for, so that each try to start it asks for the same. */
  task_definition: z.string(),
  /** Which try to start it is the present one: ECS starts one task for each, however often it is asked. */
  attempt: z.number().int().positive(),
  /** When somebody began with the present try to start it; `null`: nobody did. Written before ECS is asked. */
  attempted_at: timestamp.nullable(),
  /** The ARN of its task; `null`: not known. */
  task: z.string().nullable(),
  /** How it is to end, once its task has stopped. */
  ending: z.object({ status: z.enum(["failed", "cancelled"]), message: z.string() }).nullable(),
  next_poll_at: timestamp.nullable().default(null),
  /** It failed, and that is to be announced; once it was, this is `false`. */
  announce: z.boolean().default(false),
  /** Grows with each change. */
  version: z.number().int().positive(),
});
export type Run = z.infer<typeof runSchema>;

export const isOver = ({ finished_at }: Pick<Run, "finished_at">): boolean => finished_at !== null;

/** The id of its task in ECS; `null`: not known. */
export const taskIdOf = ({ task }: Pick<Run, "task">): string | null => task?.split("/").at(-1) ?? null;
