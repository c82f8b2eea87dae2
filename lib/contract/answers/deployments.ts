import * as z from "zod";
import { buildResultSchema } from "../../core/deployment/build-result.ts";
import { deploymentSchema as rowSchema } from "../../core/deployment/deployment.ts";
import { numberedLineSchema } from "../../core/log/log.ts";
import { stageSchema } from "../../core/stage.ts";
import { id, timestamp } from "./common.ts";
import type { Shown } from "./shown.ts";

const timelineEntrySchema = z
  .object({
    stage: stageSchema,
    entered_at: timestamp,
    seconds: z.number().int().nullable().describe("How long it lasted; `null` for the current or last stage."),
    message: z.string(),
  })
  .meta({ id: "TimelineEntry", description: "A stage that the deployment entered." });

const shownBuildSchema = z
  .object({
    outcome: buildResultSchema.shape.outcome.describe(
      "`built`: at least one step ran; `cached`: every step came from the cache; `reused`: the image of an earlier deployment of the same source; `failed`: there is no image.",
    ),
    steps: z
      .array(
        z.object({
          name: z.string().describe("The instruction in the Dockerfile."),
          seconds: z.number().min(0),
          cached: z.boolean().describe("Taken from an earlier build."),
        }),
      )
      .describe(
        "In the order in which they started; of a build that failed, those until then. Of more than 100 steps, only the slowest ones.",
      ),
    image_bytes: z.number().int().min(0).nullable().describe("In the registry, compressed."),
    image_bytes_change: z
      .number()
      .int()
      .nullable()
      .describe("Compared with the image that was live when the build started; `null`: nothing was live, or unknown."),
  })
  .meta({ id: "Build", description: "How a deployment's image was made." });

export const deploymentSchema = z
  .object({
    id,
    app_id: id,
    commit_hash: z.string().describe('`""` until resolved, like `commit_message`.'),
    commit_message: z.string(),
    branch: z.string(),
    status: stageSchema.describe("Equals `stage`."),
    stage: stageSchema,
    progress: z.number().int().min(0).max(100).describe("In percent."),
    message: z.string().describe("The stage in words."),
    error_message: z.string().nullable(),
    error_code: z.string().nullable(),
    exit_code: z.number().int().nullable().describe("The exit code of the command that failed."),
    failed_stage: stageSchema.nullable(),
    rolled_back: z.boolean().describe("The previous release was restored when this one failed."),
    created_at: timestamp,
    started_at: timestamp.nullable(),
    finished_at: timestamp.nullable(),
    duration: z.number().int().nullable().describe("Whole seconds from start to finish."),
    trigger: rowSchema.shape.trigger,
    actor: z.string().describe("The name; several tokens may have the same one."),
    actor_id: z
      .string()
      .nullable()
      .describe("Who it is: `token#<id>`, `github#<account id>`; `null`: no known identity."),
    reason: z.string().nullable(),
    image_digest: z.string().nullable(),
    url: z.string().nullable(),
    rollback_of: id.nullable().describe("The deployment whose release this one restores."),
    from_deployment: id.nullable().describe("The deployment of another app whose image this one releases."),
    promoted_to: z.array(id).describe("Deployments of other apps that release the image of this one."),
    configuration: id
      .nullable()
      .describe(
        "The number of the configuration it runs with; the same settings of an app have the same number. `null`: it is still `pending`, or older than these numbers.",
      ),
    cancel_requested_at: timestamp.nullable(),
    deadline_at: timestamp
      .nullable()
      .describe(
        "When Slipway ends the current stage if it has not finished by then. It can move: deployments that wait in the queue get a later one. `null`: the deployment has finished, or has no deadline.",
      ),
    timeline: z.array(timelineEntrySchema),
    build: shownBuildSchema
      .nullable()
      .describe("How the image was made; `null`: there was no build, it has not succeeded, or this is a list."),
    log_complete: z.boolean(),
    version: z.number().int().positive().describe("Grows with each change."),
  })
  .meta({ id: "Deployment", description: "One deployment of an app." });
export type ShownDeployment = Shown<typeof deploymentSchema>;

const differenceSchema = z
  .union([
    z.object({
      name: z.string(),
      before: z.unknown().describe("Of `env` and `build_args` only the entries that differ."),
      after: z.unknown(),
    }),
    z.object({ name: z.string().describe("The secret's own name."), changed: z.literal(true) }),
  ])
  .meta({ id: "Difference", description: "A setting that differs. Of a secret only its name is shown." });

const changedCommitSchema = z.object({
  hash: z.string(),
  message: z.string().describe("Its first line."),
  author: z.string(),
});

export const changesSchema = z
  .object({
    compared_with: id.nullable().describe("The deployment whose release it replaces; `null`: nothing was live."),
    commits: z
      .array(changedCommitSchema)
      .describe("Those that the replaced release does not have, newest first, at most 250."),
    commits_complete: z
      .boolean()
      .describe("Whether these are all. `false` also if the Git server does not list commits."),
    removed_commits: z
      .array(changedCommitSchema)
      .describe("Those that only the replaced release has, as with a rollback, newest first, at most 250."),
    removed_commits_complete: z.boolean().describe("Whether these are all, as with `commits_complete`."),
    settings: z.array(differenceSchema),
  })
  .meta({ id: "Changes", description: "What a release changes against the one that it replaces." });
export type ShownChanges = Shown<typeof changesSchema>;

export const logPageSchema = z.object({
  success: z.literal(true),
  next_cursor: z.number().int().min(0).describe("Pass it as `after` to continue; always present."),
  complete: z.boolean().describe("Whether the log is complete."),
  expired: z.boolean().describe("The log was deleted: it is kept for 90 days after the deployment finished."),
  data: z.array(numberedLineSchema),
});

/** The answer to a push. One push may match several apps; `deployment_id` is the first. */
export const pushAnswerSchema = z.object({
  deployment_id: id.nullable(),
  deployment_ids: z.array(id),
  ignored: z.string().nullable().describe("Why nothing was deployed."),
});
export type ShownPushAnswer = Shown<typeof pushAnswerSchema>;
