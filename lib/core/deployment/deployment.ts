import * as z from "zod";
import { processOrderSchema, settingsSchema } from "../app.ts";
import { stageSchema, terminalStageSchema } from "../stage.ts";
import { buildResultSchema } from "./build-result.ts";
import { effectSchema } from "./effect.ts";
import { imageSettingsSchema } from "./image-settings.ts";

const timestamp = z.string();
const id = z.number().int().positive();

/** One entry for each stage entered, in order. */
const timelineEntrySchema = z.object({
  stage: stageSchema,
  entered_at: timestamp,
  progress: z.number().int(),
  message: z.string(),
  /** The row's version at that moment, so that a reader who missed it can still be sent it. */
  version: z.number().int(),
});

/** How an unfinished deployment is going to end, decided before everything of it has stopped. */
const endingSchema = z.object({
  stage: terminalStageSchema,
  message: z.string(),
  error_code: z.string().nullable(),
  exit_code: z.number().int().nullable(),
  failed_stage: stageSchema.nullable(),
});
export type Ending = z.infer<typeof endingSchema>;

export const triggerSchema = z.enum(["api", "webhook", "rollback", "retry", "redeploy", "promotion"]);

/** The row of a deployment: what people see of it, and below that what Slipway needs to carry it on. */
export const deploymentSchema = z.object({
  id,
  app_id: id,
  commit_hash: z.string(),
  commit_message: z.string(),
  branch: z.string(),
  stage: stageSchema,
  progress: z.number().int().min(0).max(100),
  message: z.string(),
  error_message: z.string().nullable(),
  error_code: z.string().nullable(),
  exit_code: z.number().int().nullable(),
  failed_stage: stageSchema.nullable(),
  rolled_back: z.boolean(),
  created_at: timestamp,
  started_at: timestamp.nullable(),
  finished_at: timestamp.nullable(),
  trigger: triggerSchema,
  /** As people read it; names are not unique. */
  actor: z.string(),
  /** Who it is; `null`: nobody with an identity here, or a row from before there were ids. */
  actor_id: z.string().nullable().default(null),
  reason: z.string().nullable(),
  image_digest: z.string().nullable(),
  url: z.string().nullable(),
  rollback_of: id.nullable(),
  /** The deployment of another app whose image it releases. */
  from_deployment: id.nullable().default(null),
  /** Deployments of other apps that release its image. */
  promoted_to: z.array(id).default([]),
  /** The number of its configuration, which is fixed when it leaves `pending`; `null`: not yet, or it is from before there were numbers. */
  configuration: id.nullable().default(null),
  /** Of a push: the commit that the branch was at before, as far as it is known. */
  pushed_from: z.string().nullable().default(null),
  cancel_requested_at: timestamp.nullable(),
  timeline: z.array(timelineEntrySchema),
  log_complete: z.boolean(),
  /** Grows by one with each write. */
  version: z.number().int().positive(),

  /** The version at which something that viewers see changed last. */
  status_version: z.number().int().positive(),
  /** Whose repository has its image; `null`: its own app's. */
  image_app_id: id.nullable().default(null),
  settings: settingsSchema,
  /** Of a rollback: whether it restores the configuration of that release, or has the app's as it is now. */
  rollback_configuration: z.enum(["as_released", "current"]).default("as_released"),
  /** Of a rollback or a redeploy: whether it was asked to run the release command. All others run it. */
  asks_release_command: z.boolean().default(false),
  /** Whether its configuration is the one that an earlier deployment had, and not what the app has when it leaves `pending`. */
  keeps_configuration: z.boolean().default(false),
  /** What was live when its configuration was fixed; `null`: nothing, or it is not fixed yet. */
  live_before: id.nullable().default(null),
  /** Whether its build uses what earlier builds left. */
  build_cache: z.boolean().default(true),
  /** What its image was made of: two with the same key would be the same. `null`: it is not known. */
  build_key: z.string().nullable().default(null),
  /** Whether it was looked for an image to reuse, which is done once. */
  build_prepared: z.boolean().default(false),
  /** When its image was built, by itself or, where it is reused, before; `null`: not yet, or by nobody who noted it. */
  built_at: timestamp.nullable().default(null),
  /** The deployment whose image it reuses instead of building one. */
  reused_from: id.nullable().default(null),
  build: z.object({ attempt: z.number().int(), id: z.string().nullable(), running: z.boolean() }).nullable(),
  /** How its image came about; `null`: it did not, or not by this deployment. */
  build_result: buildResultSchema.nullable().default(null),
  /** The size of the image that served when its own was begun, as it lies in the registry; `null`: not known. */
  served_image_bytes: z.number().int().min(0).nullable().default(null),
  release: z
    .object({
      running: z.boolean(),
      task_definition: z.string().nullable(),
      load_balancer_url: z.string().nullable(),
      healthy: z.number().int(),
      /** Percent on the new version. */
      traffic: z.number().default(0),
      baking: z.boolean().default(false),
      /** Which alarm had it rolled back, in the words of when it was seen first: it may be silent again at the end. */
      alarm: z.string().nullable().default(null),
      /** What kept its tasks from starting when it was last asked; `null`: nothing. */
      trouble: z.string().nullable().default(null),
      /** When its start was noted; `null`: before this was kept. */
      started_at: timestamp.nullable().default(null),
      /** ECS has released it to the end: only a release of its own puts the earlier one back now. */
      finished: z.boolean().default(false),
    })
    .nullable(),
  /** The processes beside `web`; `null`: none of them was to start yet, or there are none. */
  processes: z
    .object({
      /** Something of them may run, until what was live before runs again. */
      running: z.boolean(),
      /** Those that are to run by now. */
      begun: z.array(processOrderSchema),
      /** All that are to run were seen to, with this version alone. */
      ready: z.boolean(),
      /** When they were started last; `null`: not yet. */
      started_at: timestamp.nullable(),
      /** The task definition of each, by its name. */
      task_definitions: z.record(z.string(), z.string()),
      /** What kept one from starting when it was last asked; `null`: nothing. */
      trouble: z.string().nullable(),
      /** Which one had the release fail; `null`: none did. */
      failed: z.string().nullable(),
    })
    .nullable()
    .default(null),
  /** The run of its release command; `null`: none was begun. */
  release_command: z
    .object({
      run_id: id,
      running: z.boolean(),
      /** How many of its lines are in the log, and where the next ones are read from; `null`: at their start. */
      lines: z.number().int(),
      cursor: z.string().nullable(),
    })
    .nullable()
    .default(null),
  /** What its image says in place of settings that its app leaves to it; `null`: it was not asked. */
  image_settings: imageSettingsSchema.nullable().default(null),
  ending: endingSchema.nullable(),
  outbox: z.array(effectSchema),
  /** Keys of all effects ever enqueued. */
  enqueued: z.array(z.string()),
  lines: z.number().int(),
  /** Who carries out an effect at the moment that must not run twice at once. It expires, so that a crash blocks nothing for long. */
  lease: z.object({ key: z.string(), holder: z.string(), until: timestamp }).nullable().default(null),
  /**
   * When the start of its release was last taken over from somebody who vanished in it: what they began may have come through
   * until then. `null`: never.
   */
  start_taken_over_at: timestamp.nullable().default(null),
  resolve_attempts: z.number().int(),
  deadline_at: timestamp.nullable(),
  next_poll_at: timestamp.nullable(),
});
export type Deployment = z.infer<typeof deploymentSchema>;

/** What people see of a deployment. Lists read this alone: settings and inner state may be large. */
export const listedDeploymentSchema = deploymentSchema.pick({
  id: true,
  app_id: true,
  commit_hash: true,
  commit_message: true,
  branch: true,
  stage: true,
  progress: true,
  message: true,
  error_message: true,
  error_code: true,
  exit_code: true,
  failed_stage: true,
  rolled_back: true,
  created_at: true,
  started_at: true,
  finished_at: true,
  trigger: true,
  actor: true,
  actor_id: true,
  reason: true,
  image_digest: true,
  url: true,
  rollback_of: true,
  from_deployment: true,
  promoted_to: true,
  configuration: true,
  cancel_requested_at: true,
  deadline_at: true,
  timeline: true,
  log_complete: true,
  version: true,
});
export type ListedDeployment = z.infer<typeof listedDeploymentSchema>;

/** The same of one that is open, with what shows whether it is still being worked on. */
export const openDeploymentSchema = listedDeploymentSchema.extend(
  deploymentSchema.pick({ outbox: true, next_poll_at: true }).shape,
);
export type OpenDeployment = z.infer<typeof openDeploymentSchema>;

/** Unfinished, or finished with something still to be done. The sweep watches over these. */
export function isOpen(deployment: Pick<Deployment, "finished_at" | "outbox">): boolean {
  return deployment.finished_at === null || deployment.outbox.length > 0;
}

/** Whether it releases what was released before, with all that it was released with: that was approved then. */
export const restoresRelease = (deployment: Pick<Deployment, "rollback_of" | "rollback_configuration">): boolean =>
  isRollback(deployment) && deployment.rollback_configuration === "as_released";

/** Whether it releases what is live when it is its turn, with what the app is configured with then. */
export const isRedeploy = (deployment: Pick<Deployment, "trigger">): boolean => deployment.trigger === "redeploy";

/** Whether its release command runs, if there is one: what is put back or released again ran it when it was released. */
export const runsReleaseCommand = (
  deployment: Pick<Deployment, "trigger" | "rollback_of" | "asks_release_command">,
): boolean => deployment.asks_release_command || !(isRollback(deployment) || isRedeploy(deployment));

/** Whether it puts an earlier release back: asked for as such, or as the retry of one that was. */
export const isRollback = (deployment: Pick<Deployment, "rollback_of">): boolean => deployment.rollback_of !== null;
