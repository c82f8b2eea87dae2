import type { App, Strategy } from "@slipway/monitor/client";
import { type PlainName, plainNames } from "./fields.ts";
import type { CreateApp } from "./schemas.ts";

/** From an app as the API shows it to what the API takes. */
export function settingsOf(app: App): Omit<CreateApp, "secrets" | "buildSecrets" | "notifications" | "gitToken"> {
  return {
    ...plainSettings(app),
    buildArgs: app.build_args,
    cpu: app.cpu,
    memory: app.memory,
    instances: app.instances,
    scaling: scalingOf(app),
    env: app.env,
    strategy: strategyOf(app.strategy),
    autoRollback: app.auto_rollback,
    alarms: { errorPercent: app.alarms.error_percent, latencyMs: app.alarms.latency_ms },
    processes: app.processes.map(({ stop_seconds, command, ...process }) => ({
      ...process,
      command: [...command],
      stopSeconds: stop_seconds,
    })),
    crons: app.crons.map(({ timeout_minutes, command, ...cron }) => ({
      ...cron,
      command: [...command],
      timeoutMinutes: timeout_minutes,
    })),
    domains: app.domains.map(({ name }) => name),
  };
}

/** Answers name settings as requests do, in snake_case; what an image said was not set. */
function plainSettings(app: App): Pick<CreateApp, PlainName> {
  const shown: Readonly<Record<string, unknown>> = { ...app };
  const fromImage: readonly string[] = app.from_image;
  const settings = plainNames.map((name) => {
    const field = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return [name, fromImage.includes(field) ? null : shown[field]];
  });
  return Object.fromEntries(settings) as Pick<CreateApp, PlainName>;
}

function scalingOf({ scaling }: App): CreateApp["scaling"] {
  if (scaling === null) return null;
  const { min, max, cpu_percent, requests_per_task } = scaling;
  return { min, max, cpuPercent: cpu_percent, requestsPerTask: requests_per_task };
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
