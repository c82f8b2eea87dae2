import type { App, Strategy } from "@slipway/monitor/client";
import type { CreateApp } from "./schemas.ts";

/** From an app as the API shows it to what the API takes. */
export function settingsOf(app: App): Omit<CreateApp, "secrets" | "buildSecrets" | "notifications" | "gitToken"> {
  return {
    name: app.name,
    repoUrl: app.repo_url,
    branch: app.branch,
    rootDir: app.root_dir,
    dockerfile: app.dockerfile,
    buildArgs: app.build_args,
    buildTarget: app.build_target,
    buildCache: app.build_cache,
    port: app.from_image.includes("port") ? null : app.port,
    healthCheckPath: app.from_image.includes("health_check_path") ? null : app.health_check_path,
    startupSeconds: app.startup_seconds,
    cpu: app.cpu,
    memory: app.memory,
    instances: app.instances,
    env: app.env,
    strategy: strategyOf(app.strategy),
    approval: app.approval,
    approvers: [...app.approvers],
    approvalExpiryMinutes: app.approval_expiry_minutes,
    allowSelfApproval: app.allow_self_approval,
    autoDeploy: app.auto_deploy,
    onNewPush: app.on_new_push,
    afterRollback: app.after_rollback,
    keepReleases: app.keep_releases,
    autoRollback: app.auto_rollback,
    alarms: { errorPercent: app.alarms.error_percent, latencyMs: app.alarms.latency_ms },
    watchPaths: [...app.watch_paths],
    releaseCommand: app.release_command === null ? null : [...app.release_command],
    releaseCommandMinutes: app.release_command_minutes,
    runs: app.runs,
    logRetentionDays: app.log_retention_days,
  };
}

function strategyOf(strategy: Strategy): CreateApp["strategy"] {
  const { smoke_check: check } = strategy;
  const smokeCheck = check === undefined ? undefined : { path: check.path, expectStatus: check.expect_status };
  switch (strategy.type) {
    case "rolling":
      return { type: "rolling", smokeCheck };
    case "blue_green":
      return { type: "blue_green", bakeMinutes: strategy.bake_minutes, smokeCheck };
    case "linear":
      return {
        type: "linear",
        stepPercent: strategy.step_percent,
        stepBakeMinutes: strategy.step_bake_minutes,
        bakeMinutes: strategy.bake_minutes,
        smokeCheck,
      };
    case "canary":
      return {
        type: "canary",
        percent: strategy.percent,
        canaryBakeMinutes: strategy.canary_bake_minutes,
        bakeMinutes: strategy.bake_minutes,
        smokeCheck,
      };
  }
}
