import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { AppUsage, DeploymentUsage, UsageSeries } from "@slipway/monitor/client";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { addressOf, deploy, ends, registerApp } from "../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

/** Answers `/broken` with 500 and `/absent` with 404, and exits on `/exit`. */
const app = {
  ...healthyApp(),
  "server.mjs": `
import { createServer } from "node:http";
const server = createServer((request, response) => {
  if (request.url === "/exit") process.exit(7);
  response.writeHead(request.url === "/broken" ? 500 : request.url === "/absent" ? 404 : 200).end("ok");
});
server.listen(Number(process.env.PORT), process.env.HOST ?? "0.0.0.0");
process.on("SIGTERM", () => process.exit(0));
`,
};

let local: LocalMode;
let api: ReturnType<typeof apiAt>;

const options = { args: ["--minute", "1s"], healthCheckSecond: "200ms" } as const;
beforeAll(async () => {
  local = await startLocalMode(options);
  api = apiAt(local.url);
});
afterAll(async () => {
  await local?.stop();
  removeDirectory(local.data);
});

const usageOf = async (id: number, hours = 3): Promise<AppUsage> =>
  (await api.get(`/api/apps/${id}/usage?hours=${hours}`)).body.data;
const seriesOf = (usage: AppUsage, metric: UsageSeries["metric"], release: number | null = null) =>
  usage.series.find((one) => one.metric === metric && one.deployment_id === release);
const sum = (series: UsageSeries | undefined): number =>
  (series?.values ?? []).reduce<number>((total, value) => total + (value ?? 0), 0);
const highest = (series: UsageSeries | undefined): number =>
  Math.max(0, ...(series?.values ?? []).map((value) => value ?? 0));
/** The server reads a minute's figures when the minute is over, once a minute. */
const becomes = (id: number, what: string, is: (usage: AppUsage) => boolean, hours = 3): Promise<AppUsage> =>
  eventually(
    what,
    async () => {
      const usage = await usageOf(id, hours);
      return is(usage) ? usage : undefined;
    },
    600,
  );

test("traffic with errors is seen in the figures with the release that answered it, and outlives the local mode", async () => {
  const { id } = await registerApp(api, app, { name: "shop", healthCheckPath: "/healthz", startupSeconds: 20 });
  const quiet = await registerApp(api, healthyApp(), { name: "quiet", healthCheckPath: "/healthz" });
  const [released, silent] = [await deploy(api, id), await deploy(api, quiet.id)];
  expect(await ends(api, released)).toMatchObject({ stage: "success" });
  expect(await ends(api, silent)).toMatchObject({ stage: "success" });

  const address = await addressOf(api, id);
  for (const path of ["/", "/", "/", "/broken", "/broken", "/absent"]) await fetch(`${address}${path}`);
  await fetch(`${address}/exit`).catch(() => undefined);

  const usage = await becomes(
    id,
    "the figures are there",
    (one) =>
      sum(seriesOf(one, "requests")) >= 7 &&
      highest(seriesOf(one, "tasks")) >= 1 &&
      sum(seriesOf(one, "restarts")) >= 1,
  );
  expect(usage).toMatchObject({ app_id: id, hours: 3, period_seconds: 60 });
  expect(sum(seriesOf(usage, "errors_5xx"))).toBe(2);
  expect(sum(seriesOf(usage, "errors_4xx"))).toBe(1);
  expect(sum(seriesOf(usage, "requests", released))).toBe(sum(seriesOf(usage, "requests")));
  for (const metric of ["latency_p50", "latency_p95", "latency_p99"] as const)
    expect(highest(seriesOf(usage, metric, released))).toBeGreaterThan(0);
  expect(highest(seriesOf(usage, "memory"))).toBeGreaterThan(0);
  expect(sum(seriesOf(usage, "restarts"))).toBe(1);
  expect(usage.markers).toContainEqual(
    expect.objectContaining({ kind: "deployment", deployment_id: released, stage: "success", alarm: null }),
  );
  // A minute without requests has none, which is not 0.
  expect(seriesOf(usage, "requests")?.values).toHaveLength(180);
  expect(seriesOf(usage, "requests")?.values[0]).toBeNull();

  const silence = await becomes(
    quiet.id,
    "the quiet app's task is seen",
    (one) => highest(seriesOf(one, "tasks")) >= 1,
  );
  expect(new Set(seriesOf(silence, "requests")?.values)).toEqual(new Set([null]));
  expect(new Set(seriesOf(silence, "errors_5xx")?.values)).toEqual(new Set([null]));

  const compared: DeploymentUsage = (await api.get(`/api/deployments/${released}/usage`)).body.data;
  expect(compared).toMatchObject({ deployment_id: released, before: null, after: { deployment_id: released } });

  await local.stop();
  local = await startLocalMode({ ...options, data: local.data });
  api = apiAt(local.url);
  const kept = await becomes(id, "the figures are there again", (one) => sum(seriesOf(one, "requests")) >= 7, 24);
  expect(kept.period_seconds).toBe(3600);
  expect(sum(seriesOf(kept, "errors_5xx"))).toBe(2);
  expect(sum(seriesOf(kept, "restarts"))).toBe(1);
}, 1_200_000);

test.each(["0", "721", "1.5", "many", "-3"])("hours=%s is refused by name", async (hours) => {
  const { status, body } = await api.get(`/api/apps/1/usage?hours=${hours}`);
  expect(status).toBe(400);
  expect(body).toMatchObject({ code: "invalid_request", details: [{ field: "hours" }] });
});
