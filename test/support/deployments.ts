import type { App, Settings } from "../../lib/core/app.ts";
import type { Deployment } from "../../lib/core/deployment/deployment.ts";
import { requestDeployment } from "../../lib/core/deployment/request.ts";

/** Settings of a plain app, with whatever a test cares about. */
export function someSettings(change: Partial<Settings> = {}): Settings {
  return {
    name: "shop",
    repo_url: "https://git.example.com/shop.git",
    branch: "main",
    root_dir: ".",
    dockerfile: "Dockerfile",
    build_args: {},
    build_secrets: [],
    build_target: null,
    build_cache: true,
    port: 3000,
    health_check_path: "/",
    startup_seconds: 60,
    cpu: 256,
    memory: 512,
    instances: 1,
    env: {},
    secrets: [],
    git_token: false,
    strategy: { type: "rolling" },
    approval: "none",
    approvers: [],
    approver_ids: [],
    approval_expiry_minutes: 1440,
    allow_self_approval: true,
    on_new_push: "queue_latest",
    after_rollback: "hold",
    keep_releases: 10,
    auto_rollback: true,
    alarms: { error_percent: null, latency_ms: null },
    auto_deploy: true,
    watch_paths: [],
    release_command: null,
    release_command_minutes: 15,
    runs: true,
    log_retention_days: 30,
    notifications: [],
    ...change,
  };
}

export function someApp(change: Partial<App> = {}): App {
  return {
    id: 1,
    settings: someSettings(),
    live_deployment_id: null,
    pinned: false,
    pinned_by: null,
    created_at: "2026-01-01T00:00:00.000Z",
    deleted_at: null,
    version: 1,
    load_balancer_url: null,
    repository: null,
    live_name: null,
    badge_key: null,
    ...change,
  };
}

export function someDeployment(change: Partial<Deployment> = {}, settings: Partial<Settings> = {}): Deployment {
  const requested = requestDeployment(
    {
      id: 7,
      app: someApp({ settings: someSettings(settings) }),
      trigger: "api",
      actor: "ada",
      reason: null,
      branch: "main",
      commit: { hash: "", message: "" },
      image_digest: null,
      rollback_of: null,
    },
    "2026-01-01T00:00:00.000Z",
  );
  return { ...requested, ...change };
}
