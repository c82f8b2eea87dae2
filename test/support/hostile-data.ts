// The longest and strangest that users may type and push, as the API answers it. Each answer is checked against the contract.
import * as z from "zod";
import {
  auditEntrySchema,
  healthSchema,
  meSchema,
  newTokenSchema,
  type ShownToken,
  signInMethodsSchema,
  ticketSchema,
  tokenSchema,
} from "../../lib/contract/answers/access.ts";
import {
  appLogPageSchema,
  appSchema,
  appStatusSchema,
  releaseSchema,
  type ShownApp,
} from "../../lib/contract/answers/apps.ts";
import {
  changesSchema,
  deploymentSchema,
  type ShownChanges,
  type ShownDeployment,
} from "../../lib/contract/answers/deployments.ts";
import { freezeSchema } from "../../lib/contract/answers/freeze.ts";
import { gitHubConnectionSchema } from "../../lib/contract/answers/github.ts";
import { metricsSchema, type ShownMetrics } from "../../lib/contract/answers/metrics.ts";
import { runSchema } from "../../lib/contract/answers/runs.ts";
import { appUsageSchema, deploymentUsageSchema } from "../../lib/contract/answers/usage.ts";
import type { NumberedLine } from "../../lib/core/log/log.ts";
import { type UsageMetric, usageMetrics } from "../../lib/core/usage/usage.ts";
import { isTerminal, type Stage, stages } from "../../packages/monitor/src/stages.ts";

/** Texts of one kind. Each is repeated until it is as long as a field allows. */
export interface Writing {
  readonly kind: string;
  /** Without a place to break a line. */
  readonly word: string;
  readonly sentence: string;
}

export const writings: readonly Writing[] = [
  { kind: "one word of Latin letters", word: "unbreakableword", sentence: "unbreakableword" },
  { kind: "right-to-left", word: "מילהארוכהמאוד", sentence: "هذه رسالة طويلة جدا عن الإصدار (رقم 42) " },
  {
    kind: "wide characters and markup",
    word: "発行<b>&amp;</b>発行",
    sentence: "発行を更新する🚀👩‍👩‍👧‍👦 <h1 style='width:9999px'>",
  },
];

const fill = (text: string, length: number): string => text.repeat(Math.ceil(length / text.length)).slice(0, length);
/** Ids and names that the API holds to letters and digits. */
const ascii = (length: number): string => fill("abcdefghij0123456789", length);

const at = "2025-11-14T10:30:45.000Z";
const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

/** All of them, by the ids of their deployments: 1 failed, 2 succeeded. */
const stagesShown: readonly Stage[] = [
  ...new Set<Stage>([
    "failed",
    "success",
    "building",
    "awaiting_approval",
    "deploying",
    "cancelled",
    "superseded",
    "pending",
    ...stages,
  ]),
];

function deployment({ word, sentence }: Writing, id: number, stage: Stage): ShownDeployment {
  const isOver = isTerminal(stage);
  const [actor, branch, text] = [fill(word, 100), fill(word, 200), fill(sentence, 1000)];
  return {
    id,
    app_id: 1 + (id % 2),
    commit_hash: "4d5c1f0e3b7a9c2d6e8f1a3b5c7d9e0f2a4b6c8d",
    commit_message: id % 2 === 0 ? fill(sentence, 5000) : fill(word, 5000),
    branch,
    status: stage,
    stage,
    progress: stage === "failed" ? 0 : 58,
    message: text,
    error_message: stage === "failed" ? text : null,
    error_code: stage === "failed" ? "build_failed" : null,
    exit_code: stage === "failed" ? 137 : null,
    failed_stage: stage === "failed" ? "deploying" : null,
    rolled_back: stage === "failed",
    created_at: at,
    started_at: at,
    finished_at: isOver ? at : null,
    duration: isOver ? 359_999 : null,
    trigger: "webhook",
    actor,
    actor_id: "token#2",
    reason: fill(sentence, 500),
    image_digest: digest,
    url: `https://${ascii(63)}.${ascii(63)}.${ascii(63)}.example.com`,
    rollback_of: null,
    from_deployment: 999_999,
    promoted_to: [999_999],
    configuration: 999_999,
    cancel_requested_at: null,
    deadline_at: null,
    timeline: [
      { stage: "pending", entered_at: at, seconds: 359_999, message: text },
      { stage: "cloning", entered_at: at, seconds: 3_599, message: text },
      { stage: "building", entered_at: at, seconds: 3_599, message: text },
      ...(isOver ? [{ stage, entered_at: at, seconds: null, message: text }] : []),
    ],
    log_complete: isOver,
    build: {
      outcome: "built",
      steps: Array.from({ length: 12 }, (_, n) => ({ name: fill(word, 160), seconds: 3_599 * n, cached: n % 3 === 0 })),
      image_bytes: 9_999_999_999,
      image_bytes_change: -9_999_999_999,
    },
    version: 7,
  };
}

function app({ word, sentence }: Writing, id: number): ShownApp {
  const name = id === 1 ? ascii(63) : `b-${ascii(35)}`;
  return {
    id,
    name,
    repo_url: `https://git.example.com/${ascii(900)}.git`,
    branch: fill(word, 200),
    root_dir: fill(word, 500),
    dockerfile: fill(word, 500),
    build_args: { [ascii(200).toUpperCase()]: fill(sentence, 3000) },
    build_target: ascii(128),
    build_cache: true,
    architecture: "x86_64",
    build_secrets: [ascii(100)],
    port: 65_535,
    health_check_path: `/${fill(word, 499)}`,
    from_image: ["port", "health_check_path"],
    startup_seconds: 60,
    health_check_expect: "200-399,".repeat(12).slice(0, -1),
    stop_seconds: 120,
    cpu: 4096,
    memory: 30_720,
    instances: 20,
    scaling: { min: 10, max: 20, cpu_percent: null, requests_per_task: 1_000_000 },
    role: ascii(64),
    env: { [ascii(200).toUpperCase()]: fill(sentence, 3000), SHORT: "1" },
    secrets: [ascii(200).toUpperCase()],
    git_token: true,
    strategy: { type: "linear", step_percent: 20, step_bake_minutes: 1440, bake_minutes: 1440 },
    approval: "required",
    approvers: [fill(word, 100), "ada"],
    approver_ids: ["token#2"],
    approval_expiry_minutes: 43_200,
    allow_self_approval: false,
    auto_deploy: false,
    pause_reason: fill(sentence, 500),
    on_new_push: "cancel_running",
    after_rollback: "hold",
    keep_releases: 100,
    auto_rollback: true,
    alarms: { error_percent: 99, latency_ms: 60_000 },
    watch_paths: [fill(word, 200), "web/**"],
    release_command: ["npm", "run", "migrate"],
    release_command_minutes: 15,
    processes: [
      {
        name: "a".repeat(32),
        command: ["npm", "run", fill(word, 300)],
        instances: 20,
        cpu: 4096,
        memory: 30720,
        stop_seconds: 120,
        order: "before",
      },
    ],
    crons: [
      {
        name: "a".repeat(32),
        schedule: "cron(0,15,30,45 3 ? * MON-FRI *)",
        timezone: "America/Argentina/ComodRivadavia",
        command: ["npm", "run", fill(word, 300)],
        overlap: "skip",
        timeout_minutes: 1440,
      },
    ],
    runs: true,
    log_retention_days: 731,
    notifications: [
      {
        id: "0123456789ab",
        type: "email",
        events: ["failed", "success", "cancelled", "superseded", "awaiting_approval"],
        host: `${ascii(60)}.example.com`,
        to: `${ascii(64)}@${ascii(60)}.${ascii(60)}.example.com`,
        failing_since: at,
        last_error: fill(sentence, 1000),
        last_sent_at: at,
      },
    ],
    github: { failing_since: at, last_error: fill(sentence, 1000), last_sent_at: at },
    url: `https://${name}.${ascii(63)}.${ascii(63)}.example.com`,
    direct_url: `http://${ascii(63)}.eu-west-1.elb.amazonaws.com:8001`,
    live_deployment_id: 2,
    internal: false,
    rename_grace_days: 30,
    former_names: [{ name: ascii(63), until: "2026-01-08T00:00:00.000Z" }],
    domains: [
      {
        name: `${ascii(60)}.${ascii(60)}.example.com`,
        state: "failed",
        records: [
          { type: "CNAME", name: `_${ascii(32)}.example.com.`, value: `_${ascii(32)}.acm-validations.aws.` },
          { type: "ALIAS", name: `${ascii(60)}.example.com.`, value: `${ascii(60)}.elb.amazonaws.com.` },
        ],
        reason: sentence,
      },
    ],
    pending_changes: ["env", "secrets", "health_check_path"],
    warnings: [
      "HTTP only, for trying it out: visitors reach this app unencrypted.",
      fill(sentence, 300),
      "Only the live release is kept.",
    ],
    health: "degraded",
    pinned: true,
    pinned_by: fill(word, 100),
    paused: { by: fill(word, 100), at },
    webhook_url: `https://${ascii(63)}.${ascii(63)}.example.com/api/webhooks/github`,
    badge_url: `https://${ascii(63)}.example.com/api/apps/1/badge.svg?key=${"0123456789abcdef".repeat(2)}`,
    created_at: at,
  };
}

function metrics(): ShownMetrics {
  const spread = { p50: 359_999, p95: 3_599_999 };
  const figures = {
    deployments: 9_999_999,
    succeeded: 9_000_000,
    failed: 999_999,
    success_rate: 0.9,
    deployment_frequency: 333_333.3,
    duration: {
      ...spread,
      by_stage: { pending: spread, cloning: spread, building: spread, awaiting_approval: spread, deploying: spread },
    },
    changes: 9_999_999,
    change_failures: 999_999,
    change_failure_rate: 0.1,
    time_to_restore: spread,
  };
  const days = Array.from({ length: 30 }, (_, day) => `2025-11-${String(day + 1).padStart(2, "0")}`);
  const points = days.map((date) => ({ date, ...figures }));
  return { days: 30, from: "2025-11-01", to: "2025-11-30", ...figures, previous: figures, points };
}

/** The deployment whose page is shown: it failed. */
export const shownDeployment = 1;
export const shownApp = 1;

/** The lines of its log. */
export function logLines({ word, sentence }: Writing): readonly NumberedLine[] {
  const texts = ["Step 1/5 : FROM node:24", fill(word, 16_000), fill(sentence, 2_000), "npm error code E404"];
  return texts.map((line, index) => ({
    line: `${line}\n`,
    timestamp: at,
    stream: index === 3 ? ("stderr" as const) : ("stdout" as const),
    cursor: index + 1,
  }));
}

const tokenOf = ({ word }: Writing): ShownToken => ({
  id: 2,
  name: fill(word, 200),
  role: "deployer",
  apps: [1, 2],
  github: ascii(39),
  created_by: fill(word, 100),
  created_at: at,
  expires_at: at,
  last_used_at: at,
  invited_until: at,
});

/** What the API answers to a new token. */
export const newToken = (writing: Writing): unknown =>
  one(newTokenSchema, { ...tokenOf(writing), id: 3, token: "0123456789abcdef".repeat(4) });

const changes = ({ word, sentence }: Writing): ShownChanges => ({
  compared_with: 999_999,
  commits: [
    { hash: "a".repeat(40), message: fill(sentence, 200), author: fill(word, 200) },
    { hash: "b".repeat(40), message: fill(word, 200), author: fill(sentence, 200) },
  ],
  commits_complete: false,
  removed_commits: [{ hash: "c".repeat(40), message: fill(word, 200), author: fill(word, 200) }],
  removed_commits_complete: false,
  settings: [
    { name: "env", before: { LEVEL: fill(word, 500) }, after: { LEVEL: fill(sentence, 500), NEW: fill(word, 500) } },
    { name: ascii(200).toUpperCase(), changed: true },
  ],
});

const task = ascii(32);

const status = ({ sentence }: Writing) => ({
  health: "degraded",
  tasks: [
    { state: "running", health: "unhealthy", exit_code: null },
    { state: "stopped", health: null, exit_code: 137 },
  ].map((seen) => ({ ...seen, task, process: "web", deployment_id: 2, since: at, reason: fill(sentence, 400) })),
});

/** Three hours of large numbers, with a release and an alarm whose texts are long. */
function appUsage({ sentence }: Writing) {
  const from = new Date(Date.parse(at) - 3 * 3_600_000).toISOString();
  const values = Array.from({ length: 180 }, (_, minute) => (minute % 7 === 0 ? null : minute * 123_456.7));
  const metrics = Object.entries(usageMetrics) as [UsageMetric, (typeof usageMetrics)[UsageMetric]][];
  const marker = { at: from, until: null, deployment_id: 999_999_999, text: fill(sentence, 500) };
  return one(appUsageSchema, {
    app_id: 1,
    hours: 3,
    period_seconds: 60,
    from,
    to: at,
    complete_until: at,
    read_at: at,
    series: metrics.map(([metric, unit]) => ({
      metric,
      unit,
      process: "web",
      deployment_id: metric.startsWith("latency") ? 999_999_999 : null,
      from,
      values,
    })),
    markers: [
      { ...marker, kind: "deployment", stage: "failed", rolled_back: true, alarm: null },
      { ...marker, kind: "alarm", stage: null, rolled_back: null, alarm: "latency" },
    ],
  });
}

function deploymentUsage() {
  const side = {
    deployment_id: 999_999_999,
    from: at,
    to: at,
    requests: 999_999_999,
    requests_per_minute: 33_333_333.3,
    errors_4xx: 999_999,
    errors_5xx: 999_999,
    error_rate: 0.012_345,
    latency_p50: 12_345.6,
    latency_p95: 123_456.7,
    latency_p99: 1_234_567.8,
    processes: { web: { cpu: 123.4, memory: 99.9, restarts: 12_345 } },
  };
  return one(deploymentUsageSchema, {
    deployment_id: 1,
    complete: false,
    before: side,
    after: { ...side, error_rate: 1 },
  });
}

const printed = ({ word, sentence }: Writing) =>
  [word, sentence].map((text, index) => ({
    line: `${fill(text, 16_000)}\n`,
    timestamp: at,
    stream: null,
    process: "web",
    task,
    deployment_id: 2,
    cursor: String(index),
  }));

const runs = ({ word, sentence }: Writing) =>
  ["running", "failed"].map((status, index) => ({
    id: 999_999_999 - index,
    app_id: 1,
    deployment_id: 2,
    process: "web",
    command: [fill(word, 500), fill(sentence, 500)],
    trigger: "manual",
    cron: null,
    scheduled_at: null,
    actor: fill(word, 100),
    actor_id: "token#2",
    status,
    message: fill(sentence, 400),
    exit_code: status === "failed" ? 137 : null,
    created_at: at,
    started_at: at,
    finished_at: status === "failed" ? at : null,
    deadline_at: at,
    cancel_requested_at: null,
    task,
  }));

/** What the API answers to a GET of a path, as JSON; `undefined`: this data has no answer for it. */
export function answerTo(path: string, writing: Writing): unknown {
  const deployments = stagesShown.map((stage, index) => deployment(writing, index + 1, stage));
  const apps = [app(writing, 1), app(writing, 2)];
  const { word, sentence } = writing;
  const exact: Readonly<Record<string, () => unknown>> = {
    "/api/health": () => one(healthSchema, { status: "ok", time: at }),
    "/api/auth/me": () =>
      one(meSchema, { id: "token#2", name: fill(word, 100), role: "admin", apps: null, csrf: null }),
    "/api/auth/methods": () => one(signInMethodsSchema, { token: true, github: true, mode: "required" }),
    "/api/freeze": () =>
      one(freezeSchema, {
        reason: fill(sentence, 500),
        actor: fill(word, 100),
        actor_id: "token#2",
        since: at,
        until: "2099-01-01T00:00:00.000Z",
      }),
    "/api/tickets": () => one(ticketSchema, { ticket: ascii(64), expires_at: at }),
    "/api/apps": () => one(z.array(appSchema), apps),
    "/api/deployments": () => page(deploymentSchema, deployments),
    "/api/metrics": () => one(metricsSchema, metrics()),
    "/api/audit": () =>
      page(auditEntrySchema, [
        {
          id: `${at}#0123456789ab`,
          at,
          actor: fill(word, 100),
          actor_id: "token#2",
          role: "deployer",
          action: "deployment.create",
          app_id: 1,
          deployment_id: 1,
          details: { branch: fill(word, 200), reason: fill(sentence, 500) },
          address: "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
        },
      ]),
    "/api/tokens": () => one(z.array(tokenSchema), [tokenOf(writing)]),
    "/api/github/app": () =>
      one(gitHubConnectionSchema, {
        app: {
          app_id: 1,
          slug: ascii(34),
          name: ascii(34),
          owner: ascii(39),
          html_url: `https://github.com/apps/${ascii(34)}`,
          install_url: `https://github.com/apps/${ascii(34)}/installations/new`,
          connected_at: at,
        },
        github_url: "https://github.com",
        receives_pushes: false,
      }),
  };
  const own = exact[path];
  if (own !== undefined) return own();
  if (path.endsWith("/changes")) return one(changesSchema, changes(writing));
  if (path.endsWith("/usage")) return path.includes("/apps/") ? appUsage(writing) : deploymentUsage();
  const [, kind, id, rest = ""] = /^\/api\/(apps|deployments)\/(\d+)(\/.*)?$/.exec(path) ?? [];
  if (kind === "deployments" && rest === "") return one(deploymentSchema, deployments[Number(id) - 1]);
  if (kind !== "apps") return undefined;
  if (rest === "") return one(appSchema, apps[Number(id) - 1]);
  if (rest === "/metrics") return one(metricsSchema, metrics());
  if (rest === "/status") return one(appStatusSchema, status(writing));
  if (rest === "/runs") return page(runSchema, runs(writing));
  if (rest === "/logs")
    return appLogPageSchema.parse({
      success: true,
      next_cursor: "2",
      previous_cursor: null,
      complete: false,
      since: at,
      until: null,
      data: printed(writing),
    });
  if (rest !== "/releases") return undefined;
  const release = { deployment_id: 2, image_digest: digest, commit_hash: ascii(40), released_at: at, live: true };
  return one(z.array(releaseSchema), [release, { ...release, deployment_id: 999_999_999, live: false }]);
}

const one = (schema: z.ZodType, data: unknown) => ({ success: true, data: schema.parse(data) });
const page = (schema: z.ZodType, data: unknown) => ({ ...one(z.array(schema), data), next_cursor: null });
