import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Deployment, Figures, Metrics } from "@slipway/monitor/client";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, ends, registerApp } from "../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

const brokenBuild = healthyApp("broken", ["exit 7"]);
/** Starts, and ends at once. */
const brokenRelease = { ...healthyApp("dead"), "server.mjs": "process.exit(3);" };

let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let app: Awaited<ReturnType<typeof registerApp>>;
/** Two that went live, a broken build, a release that failed and was put back, and a rollback of the second. */
let history: Deployment[];

beforeAll(async () => {
  local = await startLocalMode({ args: ["--minute", "1s"] });
  api = apiAt(local.url);
  app = await registerApp(api, healthyApp("one"), { name: "shop", healthCheckPath: "/healthz" });
  const next = async (files: Readonly<Record<string, string>>, message: string): Promise<Deployment> => {
    app.repository.commit(files, message);
    return ends(api, await deploy(api, app.id));
  };
  const first = await next(healthyApp("one"), "One");
  const second = await next(healthyApp("two"), "Two");
  const notBuilt = await next(brokenBuild, "Broken");
  const dead = await next(brokenRelease, "Dead");
  const rollback = await api.post(`/api/deployments/${first.id}/rollback`, { reason: "Two is bad" });
  history = [first, second, notBuilt, dead, await ends(api, rollback.body.id)];
  const cancelled = await deploy(api, app.id);
  await api.post(`/api/deployments/${cancelled}/cancel`);
  await ends(api, cancelled);
});
afterAll(async () => {
  await local?.stop();
  removeDirectory(local.data);
});

/** Metrics once all of the history is in them, as they follow it within moments. */
const metrics = (path: string): Promise<Metrics> =>
  eventually("the metrics have caught up", async () => {
    const { data } = (await api.get(path)).body;
    return data.deployments >= history.length ? data : undefined;
  });

test("the history is the one that the figures below are made for", () => {
  expect(history.map(({ stage, failed_stage, rolled_back }) => [stage, failed_stage, rolled_back])).toEqual([
    ["success", null, false],
    ["success", null, false],
    ["failed", "building", false],
    ["failed", "deploying", true],
    ["success", null, false],
  ]);
});

test("metrics are what a count of the history gives; the cancelled one is not in them", async () => {
  const [first, second, , dead, rollback] = history;
  const seconds = (from: Deployment | undefined, to: Deployment | undefined) =>
    Math.floor((Date.parse(to?.finished_at ?? "") - Date.parse(from?.finished_at ?? "")) / 1000);
  const durations = [first?.duration ?? 0, second?.duration ?? 0].toSorted((a, b) => a - b);
  const restored = [
    seconds(second, rollback),
    dead?.timeline.find(({ stage }) => stage === "deploying")?.seconds ?? 0,
  ].toSorted((a, b) => a - b);
  const figures = {
    deployments: 5,
    succeeded: 3,
    failed: 2,
    success_rate: 3 / 5,
    duration: { p50: durations[0], p95: durations[1] },
    changes: 3,
    change_failures: 2,
    change_failure_rate: 2 / 3,
    time_to_restore: { p50: restored[0], p95: restored[1] },
  };
  const shown = await metrics(`/api/apps/${app.id}/metrics?days=7`);
  expect(shown).toMatchObject({ days: 7, ...figures, deployment_frequency: 2 / 7, previous: { deployments: 0 } });
  expect(shown.duration.by_stage.building.p95).toEqual(expect.any(Number));
  expect(shown.duration.by_stage.awaiting_approval).toEqual({ p50: null, p95: null });
  // A run over midnight has them on two days.
  const perDay = (of: (figures: Figures) => number) =>
    shown.points.slice(-2).reduce((sum, point) => sum + of(point), 0);
  expect(perDay(({ deployments }) => deployments)).toBe(5);
  expect(perDay(({ change_failures }) => change_failures)).toBe(2);
  expect(await metrics("/api/metrics?days=7")).toEqual(shown);
});

test("what alarms watch is published, in log lines that CloudWatch makes metrics of", async () => {
  await metrics("/api/metrics?days=7");
  const logs = join(local.data, "logs");
  const published = (name: string): number[] =>
    readdirSync(logs)
      .filter((file) => file.endsWith(".jsonl"))
      .flatMap((file) => readFileSync(join(logs, file), "utf8").split("\n"))
      .filter((line) => line.includes('"_aws"') && line.includes(`"Name":"${name}"`))
      .flatMap((line) => JSON.parse(line)[name]);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  await eventually("all ends are counted", () =>
    sum(published("DeploymentsSucceeded")) >= 3 && sum(published("DeploymentsFailed")) >= 2 ? true : undefined,
  );
  expect(published("WorkingTime").length).toBeGreaterThanOrEqual(3);
  // With `--minute 1s` the sweep has come by.
  expect(sum(published("StuckDeployments"))).toBe(0);
  expect(published("StuckDeployments").length).toBeGreaterThan(0);
});
