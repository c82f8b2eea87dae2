import * as z from "zod";
import { auditActionSchema } from "../access/audit.ts";
import { settingsSchema } from "../app.ts";
import { buildStageSchema } from "../stage.ts";
import { buildStepSchema } from "./build-result.ts";
import { imageSettingsSchema } from "./image-settings.ts";

/** What the audit log is to say of it; absent: nobody did it who is in the audit log. */
const audit_action = auditActionSchema.optional();
const attempt = z.number().int().positive();

/** How a build ended, in the words of its reporter. */
/** Which step of how many a build has reached. */
export const reachedStepSchema = z.object({ number: z.number().int(), of: z.number().int() });

export const buildFinishedSchema = z.object({
  outcome: z.enum(["succeeded", "failed"]),
  stage: buildStageSchema,
  code: z.string().nullable(),
  message: z.string().nullable(),
  exit_code: z.number().int().nullable(),
  image_digest: z.string().nullable(),
  steps: z.array(buildStepSchema).optional(),
  image_bytes: z.number().int().nullish(),
});

/** What a build is known to have done, whoever said so. Every field is the latest knowledge: repeats and delays are harmless. */
const buildSeenSchema = z.object({
  type: z.literal("build_seen"),
  attempt,
  cloned: z.object({ commit: z.string(), message: z.string() }).nullable(),
  step: reachedStepSchema.nullable(),
  /** The reporter's last word. */
  finished: buildFinishedSchema.nullable(),
  /** What CodeBuild says; `absent`: it knows no such build; `null`: it was not asked. */
  status: z.enum(["in_progress", "succeeded", "failed", "fault", "stopped", "timed_out", "absent"]).nullable(),
  /** CodeBuild's own words on a failure. */
  detail: z.string().nullable(),
});

const releaseSeenSchema = z.object({
  type: z.literal("release_seen"),
  /** The version that the row had when this was asked; absent: it is known without asking. */
  asked: z.number().int().optional(),
  /**
   * `displaced`: a release of somebody else replaced it before it was done. `absent`: ECS shows none. It is gone, or was begun a
   * moment ago: ECS shows what it was told a little later.
   */
  state: z.enum(["in_progress", "rolling_back", "succeeded", "failed", "displaced", "absent"]),
  /** Of the start that ECS runs; none: there is no such. */
  task_definition: z.string().nullish(),
  healthy: z.number().int(),
  desired: z.number().int(),
  /** Percent of the traffic on the new version. */
  traffic: z.number(),
  /** All traffic is on the new version, and the earlier one is kept for a while. */
  baking: z.boolean().default(false),
  /** It waits to be checked before it gets traffic. */
  paused: z.boolean().default(false),
  /** Of a failure: which check, which status, what the app printed. */
  reason: z.string().nullable(),
  /** Which alarm had it rolled back, what was measured and what to do, in sentences; `null`: none did. */
  alarm: z.string().nullable().default(null),
  /** Of a failure: what the app printed last, as a sentence; `null`: nothing. */
  printed: z.string().nullable().default(null),
  /** Of one in progress: what keeps its tasks from starting, and what to do, in sentences; `null`: nothing is known to. */
  trouble: z.string().nullable().default(null),
  /** Of one in progress: that a task of it was not healthy in the time that the app has for it, and what to do; `null`: none was. */
  unhealthy: z.string().nullable().default(null),
  exit_code: z.number().int().nullable(),
  /** Whether an earlier release serves again. */
  restored: z.boolean(),
});

/** How a process beside `web` is, of a release that is under way. */
const processSeenSchema = z.object({
  name: z.string(),
  /** How many tasks of it there are to be. */
  desired: z.number().int(),
  /** The task definition of this release that its service is to run; `null`: it is to run another one, or is not there. */
  task_definition: z.string().nullable(),
  /** Since when each task of this release runs. */
  running_since: z.array(z.string()).readonly(),
  /** Tasks of other releases that are not gone yet. */
  others: z.number().int(),
  /** Tasks of this release that ended by themselves or did not start. */
  failures: z.number().int(),
  /** Of the last of these that ran; `null`: none did. */
  exit_code: z.number().int().nullable(),
  /** What keeps its tasks from starting, and what to do, in sentences; `null`: nothing is known to. */
  trouble: z.string().nullable(),
  /** Of one that failed: what it printed last, as a sentence; `null`: nothing. */
  printed: z.string().nullable(),
});
export type ProcessSeen = z.infer<typeof processSeenSchema>;

/** The size of the image that served the app at that time; none: not known. */
const served_image_bytes = z.number().int().min(0).nullish();

/** What a deployment runs with from now on. */
const fixedSchema = z.object({
  settings: settingsSchema,
  configuration: z.number().int().positive(),
  live_before: z.number().int().positive().nullable(),
  /** Of a redeploy: what is live at this moment. */
  image: z
    .object({
      image_app_id: z.number().int().positive().nullable().default(null),
      image_digest: z.string(),
      commit_hash: z.string(),
      commit_message: z.string(),
      branch: z.string(),
    })
    .optional(),
});

/** Everything that can happen to a deployment. */
export const eventSchema = z.discriminatedUnion("type", [
  /** Nothing new, but whatever is in the outbox may be tried now. */
  z.object({ type: z.literal("woken") }),
  /** The delayed poll came; `due` fences it. */
  z.object({ type: z.literal("polled"), due: z.string() }),
  /** It is its turn. `fixed`: with what it goes on; absent: with what it was requested with. */
  z.object({ type: z.literal("admitted"), fixed: fixedSchema.optional() }),
  /** It waits in the app's lane behind another deployment. */
  z.object({ type: z.literal("lane_waiting"), behind: z.number().int().positive() }),
  z.object({ type: z.literal("superseded"), by: z.number().int().positive() }),
  /** The app is pinned by a rollback: a push does not undo it. */
  z.object({ type: z.literal("held"), reason: z.string() }),
  /** A deployment of another app releases its image. */
  z.object({ type: z.literal("promoted"), to: z.number().int().positive() }),
  z.object({ type: z.literal("commit_resolved"), commit: z.string(), message: z.string() }),
  z.object({ type: z.literal("commit_refused"), code: z.string(), message: z.string() }),
  z.object({ type: z.literal("repository_unreachable"), message: z.string() }),
  z.object({
    type: z.literal("build_started"),
    attempt,
    build_id: z.string(),
    /** Of what the image will be made; none: that is not known. */
    build_key: z.string().nullish(),
    served_image_bytes,
  }),
  /** The image of an earlier deployment of the app is what a build would give. */
  z.object({
    type: z.literal("image_reused"),
    attempt,
    image_digest: z.string(),
    from: z.number().int().positive(),
    build_key: z.string(),
    built_at: z.string(),
    /** As it lies in the registry, compressed; `null`: not known. */
    image_bytes: z.number().int().min(0).nullable().default(null),
    served_image_bytes,
  }),
  /** As many builds run as may; it asks again. `in_turn`: it waits for builds of ours, which all come to an end. */
  z.object({
    type: z.literal("build_waiting"),
    attempt,
    message: z.string(),
    in_turn: z.boolean().default(false),
    build_key: z.string().nullish(),
    served_image_bytes,
  }),
  z.object({ type: z.literal("build_refused"), attempt, message: z.string() }),
  buildSeenSchema,
  z.object({ type: z.literal("release_command_numbered"), run_id: z.number().int().positive() }),
  z.object({ type: z.literal("release_command_refused"), message: z.string() }),
  /** Lines of it were copied into the log: those after the first `before`, up to `lines`. `more`: others are there already. */
  z.object({
    type: z.literal("release_command_printed"),
    run_id: z.number().int().positive(),
    before: z.number().int(),
    lines: z.number().int(),
    cursor: z.string(),
    more: z.boolean(),
  }),
  /** It is over, and all that it printed is in the log. */
  z.object({
    type: z.literal("release_command_ended"),
    succeeded: z.boolean(),
    exit_code: z.number().int().nullable(),
    message: z.string(),
  }),
  /** What its image says in place of settings that its app leaves to it; `lines`: sentences about that. */
  z.object({ type: z.literal("image_read"), settings: imageSettingsSchema, lines: z.array(z.string()).readonly() }),
  z.object({
    type: z.literal("release_started"),
    task_definition: z.string(),
    url: z.string(),
    load_balancer_url: z.string(),
    /** What the log is to say of it; `null`: nothing. */
    note: z.string().nullable().default(null),
  }),
  z.object({ type: z.literal("release_refused"), message: z.string() }),
  releaseSeenSchema,
  /** The smoke check was made. `wrong`: what the new version did instead of what was expected; `null`: nothing. */
  z.object({ type: z.literal("release_checked"), wrong: z.string().nullable() }),
  /** `task_definitions`: what each process was started with, by its name. */
  z.object({ type: z.literal("processes_started"), task_definitions: z.record(z.string(), z.string()) }),
  z.object({ type: z.literal("processes_refused"), message: z.string() }),
  z.object({
    type: z.literal("processes_seen"),
    /** The version that the row had when this was asked. */
    asked: z.number().int(),
    processes: z.array(processSeenSchema).readonly(),
  }),
  z.object({ type: z.literal("cancel_requested"), by: z.string(), reason: z.string().nullable(), audit_action }),
  z.object({ type: z.literal("approved"), by: z.string(), reason: z.string().nullable().default(null), audit_action }),
  z.object({ type: z.literal("rejected"), by: z.string(), reason: z.string().nullable(), audit_action }),
  /** Lease: somebody is about to carry out an effect that must not run twice at the same time; nobody else does until then. */
  z.object({ type: z.literal("effect_begun"), key: z.string(), holder: z.string(), until: z.string() }),
  /** It could not be done yet: whoever comes next may try. */
  z.object({ type: z.literal("effect_put_off"), holder: z.string() }),
  /** An effect was carried out, and is completed. */
  z.object({ type: z.literal("effect_done"), key: z.string() }),
  /** Something broke in Slipway itself while it worked on this deployment. */
  z.object({ type: z.literal("broken"), message: z.string() }),
]);
export type DeploymentEvent = z.infer<typeof eventSchema>;
export type EventOf<Type extends DeploymentEvent["type"]> = Extract<DeploymentEvent, { type: Type }>;
export type BuildSeen = z.infer<typeof buildSeenSchema>;
export type Fixed = z.infer<typeof fixedSchema>;
export type ReleaseSeen = z.infer<typeof releaseSeenSchema>;

/** A failed release of which nothing runs and nothing else is known: what is seen of one says more. */
export const unseenRelease = (desired: number): ReleaseSeen => ({
  type: "release_seen",
  state: "failed",
  task_definition: null,
  healthy: 0,
  desired,
  traffic: 0,
  baking: false,
  paused: false,
  reason: null,
  alarm: null,
  printed: null,
  trouble: null,
  unhealthy: null,
  exit_code: null,
  restored: false,
});
export type ReleaseStarted = Extract<DeploymentEvent, { type: "release_started" }>;
export type EffectBegun = Extract<DeploymentEvent, { type: "effect_begun" }>;
