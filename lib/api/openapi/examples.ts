import type {
  ShownAuditEntry,
  ShownMe,
  ShownNewToken,
  ShownTicket,
  ShownToken,
} from "../../contract/answers/access.ts";
import type {
  ShownApp,
  ShownAppLogLine,
  ShownAppStatus,
  ShownEndpointTest,
  ShownRelease,
} from "../../contract/answers/apps.ts";
import type { ShownChanges, ShownDeployment } from "../../contract/answers/deployments.ts";
import type { ShownRun } from "../../contract/answers/runs.ts";
import type { ShownDeploymentUsage, ShownUsage } from "../../contract/answers/usage.ts";

const at = "2025-11-14T10:30:45.000Z";
const commit_hash = "4d5c1f0e3b7a9c2d6e8f1a3b5c7d9e0f2a4b6c8d";
const image_digest = `sha256:${"0123456789abcdef".repeat(4)}`;

export const exampleDeployment: ShownDeployment = {
  id: 1,
  app_id: 1,
  commit_hash,
  commit_message: "Update feature",
  branch: "main",
  status: "building",
  stage: "building",
  progress: 58,
  message: "Building Docker image",
  error_message: null,
  error_code: null,
  exit_code: null,
  failed_stage: null,
  rolled_back: false,
  created_at: "2025-11-14T10:30:00.000Z",
  started_at: "2025-11-14T10:30:01.000Z",
  finished_at: null,
  duration: null,
  trigger: "api",
  actor: "ada",
  actor_id: "token#2",
  reason: null,
  image_digest: null,
  url: null,
  rollback_of: null,
  from_deployment: null,
  promoted_to: [],
  configuration: 3,
  cancel_requested_at: null,
  deadline_at: "2025-11-14T11:30:05.000Z",
  timeline: [
    { stage: "pending", entered_at: "2025-11-14T10:30:00.000Z", seconds: 1, message: "Waiting in queue" },
    { stage: "cloning", entered_at: "2025-11-14T10:30:01.000Z", seconds: 4, message: "Cloning Git repository" },
    { stage: "building", entered_at: "2025-11-14T10:30:05.000Z", seconds: null, message: "Building Docker image" },
  ],
  build: null,
  log_complete: false,
  version: 7,
};

export const exampleChanges: ShownChanges = {
  compared_with: 1,
  commits: [{ hash: commit_hash, message: "Update feature", author: "Ada" }],
  commits_complete: true,
  removed_commits: [],
  removed_commits_complete: true,
  settings: [
    { name: "env", before: { LOG_LEVEL: "info" }, after: { LOG_LEVEL: "debug" } },
    { name: "DATABASE_URL", changed: true },
  ],
};

export const exampleApp: ShownApp = {
  id: 1,
  name: "shop",
  repo_url: "https://git.example.com/shop.git",
  branch: "main",
  root_dir: ".",
  dockerfile: "Dockerfile",
  build_args: { NODE_VERSION: "24" },
  build_secrets: ["npm_token"],
  build_target: null,
  build_cache: true,
  architecture: "x86_64",
  port: 3000,
  health_check_path: "/healthz",
  from_image: ["port"],
  startup_seconds: 60,
  health_check_expect: "200-399",
  stop_seconds: 30,
  cpu: 256,
  memory: 512,
  instances: 1,
  scaling: null,
  role: null,
  env: { LOG_LEVEL: "info" },
  secrets: ["DATABASE_URL"],
  git_token: false,
  strategy: { type: "rolling" },
  approval: "none",
  approvers: [],
  approver_ids: [],
  approval_expiry_minutes: 1440,
  allow_self_approval: true,
  auto_deploy: true,
  pause_reason: null,
  on_new_push: "queue_latest",
  after_rollback: "hold",
  keep_releases: 10,
  auto_rollback: true,
  alarms: { error_percent: 5, latency_ms: null },
  watch_paths: [],
  release_command: ["npm", "run", "migrate"],
  release_command_minutes: 15,
  processes: [
    {
      name: "worker",
      command: ["npm", "run", "worker"],
      instances: 2,
      cpu: null,
      memory: 1024,
      stop_seconds: 60,
      order: "after",
    },
  ],
  crons: [
    {
      name: "nightly",
      schedule: "0 3 * * *",
      timezone: "Europe/Berlin",
      command: ["npm", "run", "report"],
      overlap: "skip",
      timeout_minutes: 60,
    },
  ],
  runs: true,
  log_retention_days: 30,
  internal: false,
  rename_grace_days: 7,
  former_names: [],
  domains: [
    {
      name: "shop.example.com",
      state: "pending_validation",
      records: [
        {
          type: "CNAME",
          name: "_0123456789abcdef0123456789abcdef.shop.example.com.",
          value: "_fedcba9876543210fedcba9876543210.acm-validations.aws.",
        },
        { type: "CNAME", name: "shop.example.com.", value: "slipway-web.eu-west-1.elb.amazonaws.com." },
      ],
      reason: null,
    },
  ],
  notifications: [],
  github: null,
  url: "https://shop.apps.example.com",
  direct_url: null,
  warnings: [],
  live_deployment_id: 1,
  pending_changes: ["env"],
  health: "live",
  pinned: false,
  pinned_by: null,
  paused: null,
  webhook_url: "https://slipway.example.com/api/webhooks/github",
  badge_url: `https://slipway.example.com/api/apps/1/badge.svg?key=${"0123456789abcdef".repeat(2)}`,
  created_at: at,
};

export const exampleStatus: ShownAppStatus = {
  health: "live",
  tasks: [
    {
      task: "0123456789abcdef0123456789abcdef",
      process: "web",
      deployment_id: 1,
      state: "running",
      health: "healthy",
      since: at,
      exit_code: null,
      reason: null,
    },
  ],
};

export const exampleAppLine: ShownAppLogLine = {
  line: "GET / 200\n",
  timestamp: at,
  stream: null,
  process: "web",
  task: "0123456789abcdef0123456789abcdef",
  deployment_id: 1,
  cursor: "WzEsMTc2MzExNjI0NTAwMCwwLDAsW10sbnVsbCxudWxsXQ",
};

export const exampleRun: ShownRun = {
  id: 1,
  app_id: 1,
  deployment_id: 1,
  process: "web",
  command: ["node", "--version"],
  trigger: "manual",
  cron: null,
  scheduled_at: null,
  actor: "ada",
  actor_id: "token#2",
  status: "succeeded",
  message: "Exited with code 0",
  exit_code: 0,
  created_at: at,
  started_at: at,
  finished_at: at,
  deadline_at: null,
  cancel_requested_at: null,
  task: "0123456789abcdef0123456789abcdef",
};

export const exampleRelease: ShownRelease = {
  deployment_id: 1,
  image_digest,
  commit_hash,
  released_at: at,
  live: true,
};

export const exampleTest: ShownEndpointTest = {
  id: "0123456789ab",
  type: "slack",
  host: "hooks.slack.com",
  ok: true,
  answer: "It answered 200.",
};

export const exampleLine = { line: "Step 1/5 : FROM node:24\n", timestamp: at, stream: "stdout", cursor: 12 } as const;

export const exampleMe: ShownMe = { id: "token#2", name: "ada", role: "deployer", apps: null, csrf: null };
export const exampleToken: ShownToken = {
  id: 2,
  name: "ci",
  role: "deployer",
  apps: [1],
  github: null,
  created_by: "ada",
  created_at: at,
  expires_at: null,
  last_used_at: at,
  invited_until: null,
};
const secret = "0123456789abcdef".repeat(4);
export const exampleNewToken: ShownNewToken = { ...exampleToken, last_used_at: null, token: secret };
export const exampleTicket: ShownTicket = { ticket: secret, expires_at: at };
export const exampleEntry: ShownAuditEntry = {
  id: `${at}#0123456789ab`,
  at,
  actor: "ada",
  actor_id: "token#2",
  role: "deployer",
  action: "deployment.create",
  app_id: 1,
  deployment_id: 1,
  details: { branch: "main", commit_hash },
  address: "192.0.2.1",
};

export const exampleUsage: ShownUsage = {
  app_id: 1,
  hours: 3,
  period_seconds: 60,
  from: at,
  to: at,
  complete_until: at,
  read_at: at,
  series: [
    { metric: "requests", unit: "count", process: "web", deployment_id: null, from: at, values: [null, 120, 118] },
    { metric: "latency_p95", unit: "ms", process: "web", deployment_id: 1, from: at, values: [82.5, 80.1] },
  ],
  markers: [
    {
      kind: "deployment",
      at,
      until: at,
      deployment_id: 1,
      stage: "success",
      rolled_back: false,
      alarm: null,
      text: "Deployment succeeded",
    },
  ],
};

export const exampleDeploymentUsage: ShownDeploymentUsage = {
  deployment_id: 1,
  complete: true,
  before: null,
  after: {
    deployment_id: 1,
    from: at,
    to: at,
    requests: 3600,
    requests_per_minute: 120,
    errors_4xx: 12,
    errors_5xx: 0,
    error_rate: 0,
    latency_p50: 20.1,
    latency_p95: 82.5,
    latency_p99: 120.4,
    processes: { web: { cpu: 12.5, memory: 48.2, restarts: 0 } },
  },
};
