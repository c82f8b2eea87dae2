import { isTimezone, readSchedule } from "@slipway/text/schedule";
import * as z from "zod";
import { roleSchema } from "../core/access/principal.ts";
import { architectureSchema, imageDefaults, processOrderSchema, type Settings, webProcess } from "../core/app.ts";
import { domainName, mostDomains } from "../core/domains/name.ts";
import { longestDays } from "../core/metrics/metrics.ts";
import { objectionToWatchPath } from "../core/push/watched.ts";
import { stageSchema } from "../core/stage.ts";
import { longestHours, minuteHours } from "../core/usage/reading.ts";
import { endpointsInputSchema } from "./endpoints.ts";
import { branch, lineOfText, nameText, variableValue } from "./text.ts";

const name = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    "must be a DNS label: lower-case letters, digits and hyphens, at most 63",
  );
const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be a name of letters, digits and underscores");
const variables = z.record(variableName, variableValue(4096));
/** An id of `RUN --mount=type=secret`. It becomes the name of a parameter, and a part of a command line. */
const buildSecretName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/, "must be a name of letters, digits, underscores, dots and hyphens");
/** As BuildKit names stages, or a stage's number. */
const buildTarget = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/, "must be the name of a stage, as in FROM … AS name");
const encoder = new TextEncoder();
/** As much as a standard parameter of SSM holds. */
const secret = variableValue(4096)
  .min(1)
  .refine((value) => encoder.encode(value).length <= 4096, "must be at most 4096 bytes");
const path = z
  .string()
  .min(1, { abort: true })
  .max(500, { abort: true })
  .regex(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
    /^(?!\/)[^\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]+$/u,
    "must be a relative path, without control characters and invisible characters",
  );
/** Relative, and nowhere above the repository. */
const insidePath = z
  .string()
  .min(1, { abort: true })
  .max(500, { abort: true })
  .regex(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
    /^(?!\/)(?!(?:[\s\S]*[\\/])?\.\.(?:[\\/]|$))[^\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]+$/u,
    "must be a relative path inside the repository, without control characters and invisible characters",
  );
/** An address without credentials: those have a place of their own. */
const repoUrl = nameText(1000)
  .refine(
    isRepository,
    "must be an https:// address of a Git repository, or in the local mode a path or a file:// address",
  )
  // Looser than what is checked, which no pattern says.
  .meta({ pattern: "^(?:/[^\\0\\n\\r]*|[Hh][Tt][Tt][Pp][Ss]?:[^\\0\\n\\r]+|[Ff][Ii][Ll][Ee]:[^\\0\\n\\r]+)$" });

function isRepository(value: string): boolean {
  if (value.startsWith("/")) return !/[\0\n\r]/.test(value);
  const url = URL.canParse(value) ? new URL(value) : null;
  return (
    url !== null && ["https:", "http:", "file:"].includes(url.protocol) && url.password === "" && url.username === ""
  );
}

/** As a header carries it: no spaces, no line breaks. */
const gitToken = z
  .string()
  .min(1)
  .max(1000)
  .regex(/^[\x21-\x7e]*$/, "must have no spaces or special characters");

/** A glob that can be judged in time, whatever the paths are. */
const watchPath = lineOfText(500).superRefine((glob, context) => {
  const message = objectionToWatchPath(glob);
  if (message !== null) context.addIssue({ code: "custom", message });
});

const minutes = z.number().int().min(0).max(1440);
const requestPath = z
  .string()
  .max(500, { abort: true })
  .regex(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
    /^\/[^\s\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff]*$/u,
    "must be a path that begins with /, without blanks and control characters",
  );
const smokeCheck = z.strictObject({
  path: requestPath,
  expectStatus: z.number().int().min(100).max(599),
});
const strategy = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("rolling"), smokeCheck: smokeCheck.optional() }),
    z.strictObject({
      type: z.literal("blue_green"),
      bakeMinutes: minutes.default(5),
      smokeCheck: smokeCheck.optional(),
    }),
    z.strictObject({
      type: z.literal("linear"),
      stepPercent: z.number().int().min(3).max(100).default(20),
      stepBakeMinutes: minutes.default(1),
      bakeMinutes: minutes.default(5),
      smokeCheck: smokeCheck.optional(),
    }),
    z.strictObject({
      type: z.literal("canary"),
      percent: z.number().int().min(1).max(99).default(10),
      canaryBakeMinutes: minutes.default(5),
      bakeMinutes: minutes.default(5),
      smokeCheck: smokeCheck.optional(),
    }),
  ])
  .meta({ id: "StrategyInput", description: "How a release replaces the previous one. Durations are whole minutes." });

/** As ELB takes it: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html */
const statusCodes = z
  .string()
  .max(100, { abort: true })
  .regex(
    /^[2-4][0-9]{2}(-[2-4][0-9]{2})?(,[2-4][0-9]{2}(-[2-4][0-9]{2})?)*$/,
    "must be status codes from 200 to 499, such as 200, 200-399 or 200,302",
  )
  .refine(
    (codes) => codes.split(",").every((part) => part.slice(0, 3) <= part.slice(-3)),
    "must have ranges that begin with the smaller code, such as 200-399",
  );

/** What CPU use of a service can be kept at without its tasks coming and going all the time. */
const cpuPercent = { least: 10, most: 90 };
const scaling = z
  .strictObject({
    min: z.number().int().min(1).max(20),
    max: z.number().int().min(1).max(20),
    cpuPercent: z
      .number()
      .int()
      .min(cpuPercent.least)
      .max(cpuPercent.most)
      .nullable()
      .default(null)
      .describe("The average CPU use of the tasks to keep, in percent."),
    requestsPerTask: z
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .nullable()
      .default(null)
      .describe("The requests a minute for each task to keep."),
  })
  .refine(({ min, max }) => min <= max, { path: ["max"], message: "must not be less than min" })
  .refine(({ cpuPercent, requestsPerTask }) => (cpuPercent === null) !== (requestsPerTask === null), {
    path: ["cpuPercent"],
    message: "must be given, or requestsPerTask, and not both",
  })
  .meta({
    id: "ScalingInput",
    description: "How many tasks run: as many as keep `cpuPercent` or `requestsPerTask`, one of which must be given.",
  });

/** As IAM has them: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html */
const roleName = z.string().regex(/^[A-Za-z0-9_+=,.@-]{1,64}$/, "must be the name of an IAM role, without its path");

/** What undoes a release while it bakes; `null`: that does not. */
const alarms = z.strictObject({
  errorPercent: z.number("must be a number").min(0.1).max(99).nullable().default(5),
  // A load balancer waits a minute for an answer.
  latencyMs: z.number().int().min(1).max(60_000).nullable().default(null),
});

/** The sizes that Fargate has: memory in MB that goes with each number of CPU units. */
const fargate: Readonly<Record<number, readonly [min: number, max: number]>> = {
  256: [512, 2048],
  512: [1024, 4096],
  1024: [2048, 8192],
  2048: [4096, 16384],
  4096: [8192, 30720],
};

/** Whether Fargate runs tasks of this size. */
export function isTaskSize(cpu: number, memory: number): boolean {
  const range = fargate[cpu];
  return range !== undefined && memory >= range[0] && memory <= range[1] && (memory === 512 || memory % 1024 === 0);
}

/** A command as its words. ECS takes 8 KB of overrides: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskOverride.html */
const commandSchema = z
  .array(
    z
      .string()
      .max(4000)
      .refine((word) => !word.includes("\u0000"), "must not have a NUL character in it"),
  )
  .min(1)
  .max(100)
  .refine(([first]) => first !== "", "must begin with a program")
  .refine((words) => JSON.stringify(words).length <= 6000, "must not be longer than 6,000 characters");

/** A name within an app, short enough for the names of what is made for it in AWS. */
const partName = z
  .string()
  .regex(
    /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/,
    "must begin with a letter and have lower-case letters, digits and hyphens, at most 32",
  );
const mostCrons = 20;

const cron = z
  .strictObject({
    name: partName,
    schedule: z
      .string()
      .min(1)
      .max(200)
      .describe(
        "Five cron fields (`0 3 * * *`), or as EventBridge Scheduler has it: `cron(0 3 * * ? *)`, `rate(5 minutes)`.",
      ),
    timezone: z.string().max(100).default("UTC").describe("A name of the IANA time zone database."),
    command: commandSchema,
    overlap: z
      .enum(["skip", "allow"])
      .default("skip")
      .describe("`skip`: is skipped while an earlier run of it is still running."),
    timeoutMinutes: z.number().int().min(1).max(1440).default(60).describe("It is stopped when it ran for so long."),
  })
  .superRefine(({ schedule, timezone }, context) => {
    const read = readSchedule(schedule);
    const issue = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (!isTimezone(timezone)) issue("timezone", `must be a time zone such as Europe/Berlin; there is no ${timezone}`);
    if ("objection" in read) return issue("schedule", read.objection);
    if (read.expression.length > 256) issue("schedule", "must be at most 256 characters with all values listed");
  })
  .meta({
    id: "CronInput",
    description: "A command that runs by a schedule, in the release that is live at that time.",
  });

const cronsSchema = z
  .array(cron)
  .max(mostCrons)
  .superRefine((crons, context) => namedOnce(crons, context));

const cpu = z
  .number()
  .int()
  .refine((value) => value in fargate, "must be 256, 512, 1024, 2048 or 4096")
  .meta({ enum: Object.keys(fargate).map(Number) });
const memory = z.number().int().min(512).max(30720);
const instances = z.number().int().min(1).max(20);
const stopSeconds = z.number().int().min(0).max(120);

const mostProcesses = 20;

const processesSchema = z
  .array(
    z
      .strictObject({
        name: partName
          .refine((given) => given !== webProcess, "must be another one than web, the process that answers requests")
          .describe("In `process` of its tasks and lines."),
        command: commandSchema.describe("In place of the image's `CMD`; an `ENTRYPOINT` gets it as arguments."),
        instances: instances.default(1).describe("How many tasks run."),
        cpu: cpu.nullable().default(null).describe("CPU units of a task; `null`: as the app's."),
        memory: memory.nullable().default(null).describe("In MB; `null`: as the app's."),
        stopSeconds: stopSeconds
          .nullable()
          .default(null)
          .describe("How long a task may take to stop after SIGTERM, in seconds; `null`: as the app's."),
        order: processOrderSchema
          .default("after")
          .describe(
            "`after`: starts once the new version of `web` is healthy, before it gets traffic. `before`: starts first.",
          ),
      })
      .meta({
        id: "ProcessInput",
        description: "A command that runs all the time beside `web`, without a port, from the image of the release.",
      }),
  )
  .max(mostProcesses)
  .superRefine((processes, context) => namedOnce(processes, context));

/** Refuses the second of two that have one name. */
function namedOnce(named: readonly { readonly name: string }[], context: z.core.$RefinementCtx): void {
  const names = named.map(({ name }) => name);
  for (const [index, name] of names.entries())
    if (names.indexOf(name) < index)
      context.addIssue({ code: "custom", path: [index, "name"], message: `must not be repeated: ${name}` });
}

/** As CloudWatch Logs has them: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
export const retentionDays: readonly number[] = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731];

const domain = z
  .string()
  .min(1)
  .max(1000)
  .superRefine((given, context) => {
    const read = domainName(given);
    if ("objection" in read) context.addIssue({ code: "custom", message: read.objection });
  });

/** `idle_seconds` as `idleSeconds`. */
type CamelCase<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name;

/** A setting by the name that requests give it. The others follow from what was given, and nobody gives them. */
type GivenSetting = CamelCase<
  Exclude<keyof Settings, "secret_versions" | "build_secret_versions" | "approver_ids" | "from_image">
>;

/** What an app is made of, without defaults: as in PATCH, where what is absent stays. */
const appFields = {
  name,
  repoUrl,
  branch,
  rootDir: insidePath,
  dockerfile: path.describe(
    "Relative to `rootDir`, which is the build context. It can be outside of it (`../Dockerfile`), but not outside the repository.",
  ),
  buildArgs: variables.describe(
    "Values for `ARG` instructions; the Dockerfile must declare each one. They are stored in the image, so use `buildSecrets` for secrets.",
  ),
  buildSecrets: z
    .record(buildSecretName, secret.nullable())
    .describe(
      "Secrets that the Dockerfile reads with `RUN --mount=type=secret,id=NAME`. They are not stored in the image or the log.",
    ),
  buildTarget: buildTarget.nullable().describe("The stage of the Dockerfile to build; `null`: the last one."),
  buildCache: z.boolean().describe("Whether builds reuse steps of earlier builds."),
  architecture: architectureSchema.describe(
    "What the image is built for, and what its tasks run on. It takes effect with the next build. The local mode always uses the machine's own.",
  ),
  port: z
    .number()
    .int()
    .min(1)
    .max(65535)
    .nullable()
    .describe(
      "The port that the app listens on, which it gets in `PORT`. Omitted or `null`: the one that its image exposes (`EXPOSE`), 3000 if there is none.",
    ),
  healthCheckPath: requestPath
    .nullable()
    .describe(
      "Must answer with a status in `healthCheckExpect`. Omitted or `null`: the path that the image's `HEALTHCHECK` requests, `/` if there is none.",
    ),
  startupSeconds: z
    .number()
    .int()
    .min(1)
    .max(1800)
    .describe("How long the app may take to pass its health check after it starts, in seconds."),
  healthCheckExpect: statusCodes.describe(
    "Status codes of a healthy app, from 200 to 499: a code, a range, or several of them, separated by commas.",
  ),
  stopSeconds: stopSeconds.describe(
    "How long a task may take to stop after SIGTERM, in seconds; then it is killed. Fargate waits for at least 2 seconds.",
  ),
  cpu: cpu.describe("CPU units of a task."),
  memory: memory.describe("In MB: a value that Fargate supports for `cpu`, which is 512 or whole GB."),
  instances: instances.describe(
    "How many tasks run. A request that names it and not `scaling` ends the scaling of an app.",
  ),
  scaling: scaling.nullable().describe("`null`: as many tasks run as `instances` says."),
  role: roleName
    .nullable()
    .describe(
      "The IAM role of the app's tasks, by its name. It must have the path of the installation, by default `/slipway/`, and trust `ecs-tasks.amazonaws.com`; `slipway roles template` prints one. `null`: a role without permissions.",
    ),
  env: variables,
  secrets: z.record(variableName, secret.nullable()),
  strategy,
  approval: z.enum(["none", "required"]),
  approvers: z
    .array(nameText(200))
    .max(100)
    .describe("Names of tokens, or `token#<id>` if several have the same name. They are resolved when they are saved."),
  approvalExpiryMinutes: z.number().int().min(1).max(43200),
  allowSelfApproval: z.boolean(),
  autoDeploy: z
    .boolean()
    .describe("Whether pushes are deployed. Pushes received while it is `false` are ignored and not deployed later."),
  pauseReason: lineOfText(500)
    .nullable()
    .describe("Why pushes are not deployed, shown beside who turned that off. Dropped once they are deployed again."),
  onNewPush: z.enum(["queue_latest", "cancel_running"]),
  afterRollback: z.enum(["hold", "resume"]),
  keepReleases: z.number().int().min(1).max(100),
  autoRollback: z.boolean(),
  alarms,
  watchPaths: z.array(watchPath).max(100),
  releaseCommand: commandSchema
    .nullable()
    .describe(
      "What runs once before a release gets traffic, for example a migration; `null`: nothing. If it fails, so does the deployment. Rollbacks and redeploys run it only if asked to.",
    ),
  releaseCommandMinutes: z
    .number()
    .int()
    .min(1)
    .max(120)
    .describe("The release command is stopped when it ran for so long."),
  processes: processesSchema.describe(
    "What runs beside `web`, such as workers. A release is live only when all of it runs. Changes take effect with the next release, and a rollback restores them.",
  ),
  crons: cronsSchema.describe(
    "Commands that run by a schedule. Changes take effect with the next release, and a rollback restores them.",
  ),
  runs: z.boolean().describe("Whether one-off commands may be run."),
  logRetentionDays: z
    .number()
    .int()
    .refine((days) => retentionDays.includes(days), `must be one of ${retentionDays.join(", ")}`)
    .meta({ enum: [...retentionDays], description: "How many days what the app prints is kept." }),
  renameGraceDays: z
    .number()
    .int()
    .min(0)
    .max(30)
    .describe("After a change of name: for how many days the old name redirects to the new one, with a domain."),
  internal: z
    .boolean()
    .describe(
      "Whether only apps of the installation reach it, over plain HTTP at a private name. Needs an installation with private names. It cannot be changed later.",
    ),
  domains: z
    .array(domain)
    .max(mostDomains)
    .describe(
      "Domains of its own, at which it is reached beside its URL. International names are stored as Punycode. An apex domain such as `example.com` needs an ALIAS or ANAME record at your DNS provider.",
    ),
  notifications: endpointsInputSchema,
  gitToken: gitToken.nullable(),
} satisfies Readonly<Record<GivenSetting, z.ZodType>>;

export const retryDomainSchema = z.strictObject({ name: domain }).meta({ id: "RetryDomain" });

export const createAppSchema = z
  .strictObject({
    ...appFields,
    branch: branch.default("main"),
    rootDir: insidePath.default("."),
    dockerfile: appFields.dockerfile.default("Dockerfile"),
    buildArgs: appFields.buildArgs.default({}),
    buildSecrets: z
      .record(buildSecretName, secret)
      .default({})
      .describe(appFields.buildSecrets.description ?? ""),
    buildTarget: appFields.buildTarget.default(null),
    buildCache: appFields.buildCache.default(true),
    architecture: appFields.architecture.default("x86_64"),
    port: appFields.port.default(imageDefaults.port),
    healthCheckPath: appFields.healthCheckPath.default(imageDefaults.health_check_path),
    startupSeconds: appFields.startupSeconds.default(60),
    healthCheckExpect: appFields.healthCheckExpect.default("200-399"),
    stopSeconds: appFields.stopSeconds.default(30),
    cpu: appFields.cpu.default(256),
    memory: appFields.memory.default(512),
    instances: appFields.instances.default(1),
    scaling: appFields.scaling.default(null),
    role: appFields.role.default(null),
    env: variables.default({}),
    secrets: z.record(variableName, secret).default({}),
    strategy: strategy.default({ type: "rolling" }),
    approval: appFields.approval.default("none"),
    approvers: appFields.approvers.default([]),
    approvalExpiryMinutes: appFields.approvalExpiryMinutes.default(1440),
    allowSelfApproval: z.boolean().default(true),
    autoDeploy: appFields.autoDeploy.default(true),
    pauseReason: appFields.pauseReason.default(null),
    onNewPush: appFields.onNewPush.default("queue_latest"),
    afterRollback: appFields.afterRollback.default("hold"),
    keepReleases: appFields.keepReleases.default(10),
    autoRollback: z.boolean().default(true),
    alarms: alarms.prefault({}),
    watchPaths: appFields.watchPaths.default([]),
    releaseCommand: appFields.releaseCommand.default(null),
    releaseCommandMinutes: appFields.releaseCommandMinutes.default(15),
    processes: appFields.processes.default([]),
    crons: appFields.crons.default([]),
    runs: appFields.runs.default(true),
    logRetentionDays: appFields.logRetentionDays.default(30),
    renameGraceDays: appFields.renameGraceDays.default(7),
    internal: appFields.internal.default(false),
    domains: appFields.domains.default([]),
    notifications: appFields.notifications.default([]),
    gitToken: appFields.gitToken.default(null),
  })
  .meta({ id: "CreateApp", description: "A new app. Omitted fields take their defaults." });
export type CreateApp = z.infer<typeof createAppSchema>;

/** What a body says of the settings that an image may say, before the defaults. */
export const imageFieldsSchema = z
  .object({ port: appFields.port, healthCheckPath: appFields.healthCheckPath })
  .partial();
export type ImageFields = z.infer<typeof imageFieldsSchema>;

export const patchAppSchema = z
  .strictObject(appFields)
  .partial()
  .meta({ id: "ChangeApp", description: "Omitted fields keep their values. A secret that is `null` is removed." });

const id = z.number().int().positive();
const commit = z
  .string()
  .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, "must be a full commit hash of 40 or, with SHA-256, 64 characters");
const reason = lineOfText(500);

/** What lets an admin release something during a freeze. */
const override = reason.optional().describe("During a freeze, for admins: why it is overridden. Ignored otherwise.");

export const freezeSchema = z
  .strictObject({
    until: z.iso.datetime({ offset: true }).describe("In the future, within 90 days."),
    reason: reason.min(1),
  })
  .meta({ id: "BeginFreeze" });

export const createDeploymentSchema = z
  .strictObject({
    appId: id,
    commit: commit.optional().describe("Default: the head of the branch."),
    branch: branch.optional().describe("Default: the branch of the app."),
    reason: reason.optional(),
    override,
    buildCache: z.boolean().optional().describe("`false` rebuilds every step. Default: the setting of the app."),
    fromDeployment: id
      .optional()
      .describe(
        "Promotion: releases the image of this deployment of another app, without a build, with the settings and secrets of this app.",
      ),
  })
  .refine(
    ({ fromDeployment, commit, branch, buildCache }) =>
      fromDeployment === undefined || [commit, branch, buildCache].every((given) => given === undefined),
    { path: ["fromDeployment"], message: "cannot be combined with commit, branch or buildCache: nothing is built" },
  )
  .meta({ id: "CreateDeployment" });

const releaseCommandAsked = z
  .boolean()
  .default(false)
  .describe("Whether the release command runs, if there is one. It runs with every other deployment.");

export const redeploySchema = z
  .strictObject({ reason: reason.optional(), override, releaseCommand: releaseCommandAsked })
  .meta({ id: "Redeploy" });

export const retrySchema = z.strictObject({ reason: reason.optional(), override }).meta({ id: "Retry" });

export const approveSchema = z.strictObject({ reason: reason.optional(), override }).meta({ id: "Approve" });

/** Which there are depends on the app. */
const processName = z.string().max(100);

export const createRunSchema = z
  .strictObject({
    command: commandSchema.describe("The program and its arguments. No shell is involved unless it is the program."),
    process: processName.default(webProcess).describe("Whose size it gets: `web`, or a process of the live release."),
    timeoutMinutes: z.number().int().min(1).max(1440).default(60).describe("The command is stopped after this time."),
  })
  .meta({ id: "CreateRun" });

export const listRunsSchema = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.coerce.number().int().positive().optional(),
  cron: z.string().optional().describe("Only runs of the cron of this name."),
});

/** What a query may ask of the lists of apps and tokens, which one answer usually holds. */
export const listAllSchema = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(1000),
  cursor: z.coerce.number().int().positive().optional(),
});

/** What a query may ask of an app's kept releases, of which there are at most a hundred. */
export const listReleasesSchema = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(100),
  cursor: z.coerce.number().int().positive().optional(),
});

export const reasonSchema = z.strictObject({ reason: reason.optional() }).meta({ id: "Reason" });

export const rollbackSchema = z
  .strictObject({
    reason: reason.optional(),
    override,
    releaseCommand: releaseCommandAsked,
    configuration: z
      .enum(["as_released", "current"])
      .default("as_released")
      .describe(
        "`as_released`: also restores the settings and secrets of that release; needs no approval. `current`: only its image, with the app's present settings; needs approval if the app requires it.",
      ),
  })
  .meta({ id: "Rollback" });

export const createTokenSchema = z
  .strictObject({
    name: nameText(200),
    role: roleSchema,
    apps: z.array(id).max(1000).nullable().default(null).describe("Only these apps; `null`: all."),
    expiresAt: z.iso.datetime({ offset: true }).nullable().default(null),
    github: z
      .string()
      .regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$/, "must be the name of a GitHub account")
      .nullable()
      .default(null)
      .describe("The GitHub account that can also sign in as this token."),
  })
  .meta({ id: "CreateToken" });

export const loginSchema = z.strictObject({ token: z.string().min(1).max(200) }).meta({ id: "Login" });

export const exchangeSchema = z.strictObject({ code: z.string().min(1).max(200) }).meta({ id: "Exchange" });

/** Whose the app is to be: an organization's, or without one the person's who makes it. */
export const startGitHubSchema = z.strictObject({
  organization: z
    .string()
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$/, "must be the name of an organization, as in its address")
    .optional(),
});

/** What GitHub leads back with. */
export const connectGitHubSchema = z.strictObject({
  code: z.string().regex(/^[\w-]{1,200}$/, "must be the code that GitHub gave"),
  state: z.string().regex(/^[0-9a-f]{64}$/, "must be the state that the set-up began with"),
});

/** For one deployment, or without one for the feed of all. */
export const createTicketSchema = z
  .strictObject({ deploymentId: id.optional(), feed: z.literal(true).optional() })
  .refine(({ deploymentId, feed }) => deploymentId === undefined || feed === undefined, {
    path: ["feed"],
    message: "cannot be combined with a deployment: a ticket opens one socket",
  })
  .meta({
    id: "CreateTicket",
    description: "For one deployment, or without `deploymentId` for the feed of all deployments; not for both.",
  });

/** What a query may ask of the list of deployments. Unknown parameters are ignored. */
export const listDeploymentsSchema = z.object({
  appId: z.coerce.number().int().positive().optional(),
  stage: stageSchema.optional(),
  status: stageSchema.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.coerce.number().int().positive().optional(),
});

/** What a query may ask of the audit log. */
export const listAuditSchema = z.object({
  appId: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(100).optional(),
});

/** Of which release the changes are asked. */
export const changesSchema = z.object({
  of: z
    .enum(["head", "live"])
    .default("head")
    .describe("`head`: a deployment of the branch's head; `live`: a redeploy. Ignored with `deploymentId`."),
  deploymentId: z.coerce
    .number()
    .int()
    .positive()
    .optional()
    .describe("A rollback to this deployment, or a promotion of it if it is another app's."),
  configuration: z.enum(["as_released", "current"]).default("as_released").describe("Of a rollback."),
});

/** Of which repository a query asks for the Dockerfile. */
export const showDockerfileSchema = z.object({
  repoUrl,
  branch: branch.default("main"),
  rootDir: insidePath.default("."),
  dockerfile: path.default("Dockerfile"),
});

/** What a query may ask of metrics. */
export const metricsSchema = z.object({ days: z.coerce.number().int().min(1).max(longestDays).default(30) });

/** What a query may ask of an app's usage. */
export const usageSchema = z.object({
  hours: z.coerce
    .number()
    .int()
    .min(1)
    .max(longestHours)
    .default(minuteHours)
    .describe(`How many hours to look back: up to ${minuteHours} with a value a minute, more with a value an hour.`),
});

/** What a query may ask of a log. */
export const readLogSchema = z.object({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(5000).default(1000),
  wait: z.coerce.number().min(0).max(20).default(0),
});

const instant = z.iso.datetime({ offset: true });
const appLogCursor = z.string().min(1).max(20_000);

/** What a query may ask of an app's log. */
export const readAppLogSchema = z
  .object({
    after: appLogCursor.optional().describe("The lines after this cursor, oldest first."),
    before: appLogCursor.optional().describe("The last lines before that of this cursor."),
    since: instant
      .optional()
      .describe("No lines before; without a cursor, begin there instead of with the last lines."),
    until: instant.optional().describe("No lines after."),
    limit: z.coerce.number().int().min(1).max(1000).default(100),
    wait: z.coerce.number().min(0).max(20).default(0).describe("Seconds to wait for lines."),
    process: processName.optional().describe("Only lines of this process."),
    release: z.coerce.number().int().positive().optional().describe("Only lines of this deployment's release."),
    task: z
      .string()
      .regex(/^[0-9a-zA-Z-]{1,100}$/, "must be the id of a task")
      .optional(),
    q: z.string().max(500).default("").describe("Only lines that contain this text, case-sensitive."),
  })
  .refine(({ after, before }) => after === undefined || before === undefined, {
    path: ["before"],
    message: "cannot be used together with after",
  });

/** What a query may ask of a run's log. */
export const readRunLogSchema = z.object({
  after: appLogCursor.optional().describe("The lines after this cursor; without one, from the start."),
  limit: z.coerce.number().int().min(1).max(1000).default(1000),
  wait: z.coerce.number().min(0).max(20).default(0).describe("Seconds to wait for lines, or for the end."),
});

/** The same, at the address of the socket, which has the deployment in its query. */
export const readLogByIdSchema = z.object({ id: z.coerce.number().int().positive(), ...readLogSchema.shape });

/** What a browser asks when it is sent to GitHub to sign in. */
export const signInWithGitHubSchema = z.object({
  to: z.string().optional().describe("The page of the dashboard to return to."),
});

/** What GitHub returns from a sign-in with. */
export const gitHubCallbackSchema = z.object({
  code: z.string().optional(),
  state: z.string().optional(),
  error: z.string().optional(),
});

const ticket = z.string().optional().describe("From `POST /api/tickets`, for clients that cannot send headers.");

/** The query of the socket of a deployment. */
export const connectSchema = z.object({
  id: z.coerce.number().int().positive(),
  after: z.coerce.number().int().min(0).default(0).describe("The last cursor that the client has; 0: the start."),
  batch: z
    .string()
    .meta({ const: "1", description: "Many lines in one message." })
    .optional()
    .transform((value) => value === "1"),
  ticket,
});

/** The query of the socket of all deployments. */
export const connectFeedSchema = z.object({ ticket });
