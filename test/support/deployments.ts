import type * as z from "zod";
import { type App, type Settings, settingsSchema } from "../../lib/core/app.ts";
import type { Deployment } from "../../lib/core/deployment/deployment.ts";
import { requestDeployment } from "../../lib/core/deployment/request.ts";

/** Those of a plain app that have no default. */
const plain: z.input<typeof settingsSchema> = {
  name: "shop",
  repo_url: "https://git.example.com/shop.git",
  branch: "main",
  root_dir: ".",
  dockerfile: "Dockerfile",
  port: 3000,
  health_check_path: "/",
  cpu: 256,
  memory: 512,
  instances: 1,
  env: {},
  secrets: [],
  strategy: { type: "rolling" },
  approval: "none",
  approvers: [],
  approval_expiry_minutes: 1440,
  allow_self_approval: true,
  on_new_push: "queue_latest",
  after_rollback: "hold",
  keep_releases: 10,
  auto_rollback: true,
  watch_paths: [],
  notifications: [],
};

/** Settings of a plain app, with whatever a test cares about. A new setting has its default here. */
export const someSettings = (change: Partial<Settings> = {}): Settings => ({
  ...settingsSchema.parse(plain),
  ...change,
});

export function someApp(change: Partial<App> = {}): App {
  return {
    id: 1,
    settings: someSettings(),
    live_deployment_id: null,
    pinned: false,
    pinned_by: null,
    paused: null,
    created_at: "2026-01-01T00:00:00.000Z",
    deleted_at: null,
    version: 1,
    load_balancer_url: null,
    repository: null,
    live_name: null,
    former_names: [],
    live_settings: null,
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
