import * as z from "zod";
import { endpointsSchema } from "./endpoint.ts";
import { plusSeconds } from "./time.ts";

const smokeCheck = z.object({ path: z.string(), expect_status: z.number().int() }).meta({
  id: "SmokeCheck",
  description: "A request that the new version must answer as expected before it gets traffic.",
});
const minutes = z.number().int().min(0);

/** How a release replaces the one before. Whole minutes, as ECS wants them. */
export const strategySchema = z
  .discriminatedUnion("type", [
    z.object({ type: z.literal("rolling"), smoke_check: smokeCheck.optional() }),
    z.object({ type: z.literal("blue_green"), bake_minutes: minutes, smoke_check: smokeCheck.optional() }),
    z.object({
      type: z.literal("linear"),
      step_percent: z.number().int().min(3).max(100),
      step_bake_minutes: minutes,
      bake_minutes: minutes,
      smoke_check: smokeCheck.optional(),
    }),
    z.object({
      type: z.literal("canary"),
      percent: z.number().int().min(1).max(99),
      canary_bake_minutes: minutes,
      bake_minutes: minutes,
      smoke_check: smokeCheck.optional(),
    }),
  ])
  .meta({ id: "Strategy", description: "How a release replaces the previous one. Durations are whole minutes." });
export type Strategy = z.infer<typeof strategySchema>;

/** What puts the earlier release back while a release bakes; `null`: that does not. */
const alarmsSchema = z.object({
  /** More than so many percent of a version's answers are server errors. */
  error_percent: z.number().positive().nullable(),
  /** One answer in twenty takes longer than so many milliseconds. */
  latency_ms: z.number().int().positive().nullable(),
});

const cronSchema = z
  .object({
    name: z.string(),
    /** As it was written: `cron(…)`, `rate(…)`, or five fields. */
    schedule: z.string(),
    /** In which the schedule is read, by its name in the IANA database. */
    timezone: z.string(),
    command: z.array(z.string()).min(1),
    /** What happens at its time while an earlier run of it goes on. */
    overlap: z.enum(["skip", "allow"]),
    timeout_minutes: z.number().int().positive(),
  })
  .meta({ id: "Cron", description: "A command that runs by a schedule, in the release that is live at that time." });
export type Cron = z.infer<typeof cronSchema>;

/** The process of every app that answers requests; all others are settings. */
export const webProcess = "web";

/** When a process starts: once the new version of `web` is healthy, or before it is started. */
export const processOrderSchema = z.enum(["after", "before"]);
export type ProcessOrder = z.infer<typeof processOrderSchema>;

const processSchema = z
  .object({
    name: z.string(),
    command: z.array(z.string()).min(1),
    instances: z.number().int().positive(),
    /** These three as the app has them, where they are `null`. */
    cpu: z.number().int().nullable(),
    memory: z.number().int().nullable(),
    stop_seconds: z.number().int().min(0).nullable(),
    order: processOrderSchema,
  })
  .meta({
    id: "Process",
    description: "A command that runs all the time beside `web`, without a port, from the image of the release.",
  });
export type Process = z.infer<typeof processSchema>;

/** The processors that Fargate has, as people name them. */
export const architectureSchema = z.enum(["x86_64", "arm64"]);
export type Architecture = z.infer<typeof architectureSchema>;

/** How many tasks run: as many as keep one of the figures where it is to be. The other one is `null`. */
const scalingSchema = z
  .object({
    min: z.number().int().positive(),
    max: z.number().int().positive(),
    /** Of the CPU that its tasks have, on average. */
    cpu_percent: z.number().int().positive().nullable(),
    /** Requests a minute for each task. */
    requests_per_task: z.number().int().positive().nullable(),
  })
  .meta({
    id: "Scaling",
    description: "How many tasks run, by the average CPU use or the requests a minute of a task.",
  });
export type Scaling = z.infer<typeof scalingSchema>;

/** How many tasks a release begins with, and how many it may have. */
export const tasksOf = ({ scaling, instances }: Pick<Settings, "scaling" | "instances">) =>
  scaling === null ? { min: instances, max: instances } : { min: scaling.min, max: scaling.max };

/** The settings of a task of a process: what the process says, over what its app does. */
export const sizeOf = <S extends Pick<Settings, "cpu" | "memory" | "stop_seconds">>(
  settings: S,
  { cpu, memory, stop_seconds }: Pick<Process, "cpu" | "memory" | "stop_seconds">,
): S => ({
  ...settings,
  cpu: cpu ?? settings.cpu,
  memory: memory ?? settings.memory,
  stop_seconds: stop_seconds ?? settings.stop_seconds,
});

/** The names of all processes that some of these settings have, `web` first. */
export const processNames = (...settings: readonly (Pick<Settings, "processes"> | null | undefined)[]): string[] => [
  ...new Set([webProcess, ...settings.flatMap((one) => one?.processes ?? []).map(({ name }) => name)]),
];

/** Settings that an image may say, with their values where neither the app nor its image says one. */
export const imageDefaults = { port: 3000, health_check_path: "/" } as const;

/** What an app's owner decides. A deployment keeps the settings it was requested with. */
export const settingsSchema = z.object({
  name: z.string(),
  repo_url: z.string(),
  branch: z.string(),
  root_dir: z.string(),
  dockerfile: z.string(),
  /** Values of the Dockerfile's `ARG`s. Everybody who has the image can read them. */
  build_args: z.record(z.string(), z.string()).default({}),
  /** Names only, as the Dockerfile mounts them; the values are SSM SecureStrings. */
  build_secrets: z.array(z.string()).default([]),
  /** Which version of each build secret it is (`buildSecretParameter`). One without a version is from before there were versions. */
  build_secret_versions: z.record(z.string(), z.string()).default({}),
  /** The stage of the Dockerfile that is built; `null`: the last one. */
  build_target: z.string().nullable().default(null),
  /** Whether builds use what earlier builds left. */
  build_cache: z.boolean().default(true),
  /** What the image is built for, and its tasks run on. */
  architecture: architectureSchema.default("x86_64"),
  port: z.number().int(),
  health_check_path: z.string(),
  /** The settings that nobody gave: what the image says of them counts, and their values here if it says nothing. */
  from_image: z.array(z.enum(["port", "health_check_path"])).default([]),
  /** How long a task may take from its start until it is healthy. */
  startup_seconds: z.number().int().min(1).default(60),
  /** Status codes of a healthy app, as ELB writes them: `200-399`, `200,302`. */
  health_check_expect: z.string().default("200-399"),
  /** How long a task may take from its stop signal until it is killed. */
  stop_seconds: z.number().int().min(0).default(30),
  cpu: z.number().int(),
  memory: z.number().int(),
  /** As long as `scaling` is `null`. */
  instances: z.number().int(),
  scaling: scalingSchema.nullable().default(null),
  /** The name of the IAM role of its tasks, one below the installation's path; `null`: one that may do nothing. */
  role: z.string().nullable().default(null),
  env: z.record(z.string(), z.string()),
  /** Names only; the values are SSM SecureStrings. */
  secrets: z.array(z.string()),
  /** Which version of each secret it is (`secretParameter`). One without a version is from before there were versions. */
  secret_versions: z.record(z.string(), z.string()).default({}),
  /** Whether the app has a Git token of its own; the token is an SSM SecureString. */
  git_token: z.boolean().default(false),
  strategy: strategySchema,
  approval: z.enum(["none", "required"]),
  /** As they were written: names of tokens, or their ids. */
  approvers: z.array(z.string()),
  /** Whom `approvers` meant when they were saved: `token#<id>`. A later token of the same name is somebody else. */
  approver_ids: z.array(z.string()).default([]),
  approval_expiry_minutes: z.number().int().positive(),
  allow_self_approval: z.boolean(),
  /** Whether pushes are deployed. Nothing that came while it was off is deployed later. */
  auto_deploy: z.boolean().default(true),
  /** Why they are not, for whoever wonders. */
  pause_reason: z.string().nullable().default(null),
  on_new_push: z.enum(["queue_latest", "cancel_running"]),
  after_rollback: z.enum(["hold", "resume"]),
  keep_releases: z.number().int().positive(),
  auto_rollback: z.boolean(),
  /** Apps from before there were alarms have none until somebody asks for some. */
  alarms: alarmsSchema.default({ error_percent: null, latency_ms: null }),
  watch_paths: z.array(z.string()),
  /** What runs once, with what is to be released, before that gets any traffic; `null`: nothing. */
  release_command: z.array(z.string()).nullable().default(null),
  release_command_minutes: z.number().int().positive().default(15),
  /** What runs beside `web`. */
  processes: z.array(processSchema).default([]),
  crons: z.array(cronSchema).default([]),
  /** Whether one-off commands may be run. */
  runs: z.boolean().default(true),
  /** How many days what the app prints is kept. */
  log_retention_days: z.number().int().positive().default(30),
  /** Whether only apps of the installation reach it, at a private name. Decided when it is created: its target groups stay on one load balancer. */
  internal: z.boolean().default(false),
  /** For how many days a name that the app had leads to the one that it has. */
  rename_grace_days: z.number().int().min(0).default(7),
  /** Domains of its own, as `domainName` of lib/core/domains spells them. */
  domains: z.array(z.string()).default([]),
  notifications: endpointsSchema,
});
export type Settings = z.infer<typeof settingsSchema>;

/** What a release was made with: the settings of builds and of releases. */
const releasedSettingsSchema = settingsSchema.pick({
  repo_url: true,
  branch: true,
  root_dir: true,
  dockerfile: true,
  build_args: true,
  build_secrets: true,
  build_secret_versions: true,
  build_target: true,
  architecture: true,
  port: true,
  health_check_path: true,
  from_image: true,
  startup_seconds: true,
  health_check_expect: true,
  stop_seconds: true,
  cpu: true,
  memory: true,
  instances: true,
  scaling: true,
  role: true,
  env: true,
  secrets: true,
  secret_versions: true,
  strategy: true,
  auto_rollback: true,
  alarms: true,
  release_command: true,
  release_command_minutes: true,
  processes: true,
  crons: true,
});
export type ReleasedSettings = z.infer<typeof releasedSettingsSchema>;

const formerNameSchema = z.object({ name: z.string(), until: z.string() });
export type FormerName = z.infer<typeof formerNameSchema>;

/** The row of an app. */
export const appSchema = z.object({
  id: z.number().int().positive(),
  settings: settingsSchema,
  live_deployment_id: z.number().int().positive().nullable(),
  pinned: z.boolean(),
  /** Who rolled it back. */
  pinned_by: z.string().nullable().default(null),
  /** Who turned off that pushes are deployed, and when. */
  paused: z.object({ by: z.string(), at: z.string() }).nullable().default(null),
  created_at: z.string(),
  /** Set when somebody deleted it; its row goes when nothing of it runs any more. */
  deleted_at: z.string().nullable(),
  /** Grows with each change of the settings; optimistic concurrency: a lost race is reported, and overwrites nothing. */
  version: z.number().int(),
  /** Where the last release answers: the load balancer's address with the app's own port. */
  load_balancer_url: z.string().nullable().default(null),
  /** Which repository lies at an address (`repositoryIdOf` of lib/core/push); `null`: not known. Says nothing once the app's address is another. */
  repository: z.object({ url: z.string(), id: z.string() }).nullable().default(null),
  /** The name in the address that works: renaming takes effect with the next release. `null`: nothing was released yet. */
  live_name: z.string().nullable().default(null),
  /** Names that it had, which lead to its present one and are nobody else's until then. */
  former_names: z.array(formerNameSchema).default([]),
  /** What the live release was made with; `null`: nothing was released yet, or before this was noted. */
  live_settings: releasedSettingsSchema.nullable().default(null),
  /** Whoever knows it may see how the app stands, and nothing else. `null`: it was made before there were badges. */
  badge_key: z.string().nullable().default(null),
});
export type App = z.infer<typeof appSchema>;

/** A redirect of a load balancer has so many hosts at most. */
const mostFormerNames = 5;

/** The names that an app had, once it is reached by this one; one that it gets back is no former one. */
export function formerNamesAfter(
  { former_names, live_name, settings }: Pick<App, "former_names" | "live_name" | "settings">,
  name: string,
  now: string,
): readonly FormerName[] {
  const isLeft = live_name !== null && live_name !== name;
  const days = settings.rename_grace_days;
  const left = isLeft && days > 0 ? [{ name: live_name, until: plusSeconds(now, days * 24 * 60 * 60) }] : [];
  const kept = former_names.filter((one) => one.until > now && one.name !== name && one.name !== left[0]?.name);
  return [...kept, ...left].slice(-mostFormerNames);
}

/** The name in an app's address until the next release. */
export const addressName = ({ live_name, settings }: Pick<App, "live_name" | "settings">): string =>
  live_name ?? settings.name;
