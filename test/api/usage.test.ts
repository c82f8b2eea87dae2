import { expect, test } from "@jest/globals";
import { handle } from "../../lib/api/handle.ts";
import type { Principal } from "../../lib/core/access/principal.ts";
import type { UsageMetrics } from "../../lib/core/ports/usage.ts";
import type { UsageRange } from "../../lib/core/usage/reading.ts";
import { apiDeps } from "../support/api-deps.ts";
import { someApp, someDeployment } from "../support/deployments.ts";
import { memoryUsage } from "../support/memory-usage.ts";

const viewer: Principal = { id: "token#9", name: "ada", role: "viewer", apps: [1] };
const start = Date.parse("2026-01-01T12:00:30.000Z");

/** Two apps, of which the caller may read the first, over a CloudWatch that notes what it is asked. */
function server(metrics: UsageMetrics = memoryUsage()) {
  const { deps, kept } = apiDeps();
  for (const id of [1, 2]) kept.apps.set(id, someApp({ id }));
  const asked: UsageRange[] = [];
  let now = start;
  const usage: UsageMetrics = {
    read: async (range) => {
      asked.push(range);
      return { ...(await metrics.read(range)), read_at: new Date(now).toISOString() };
    },
  };
  const all = { ...deps, usage, now: () => new Date(now).toISOString() };
  const get = async (path: string, query: Readonly<Record<string, string>> = {}) => {
    const request = { method: "GET", path, query, headers: {}, body: null, principal: viewer, csrf: null };
    // biome-ignore lint/suspicious/noExplicitAny: the tests read what the wire carries, and say what it must be.
    return ((await handle(all, { ...request, address: "192.0.2.1" })).body as any).data;
  };
  const pass = (seconds: number): void => {
    now += seconds * 1000;
  };
  return { kept, asked, get, pass };
}

test("everybody who looks within a minute shares one read, whichever of the last hours they ask for", async () => {
  const { get, asked, pass } = server();
  const shown = await get("/api/apps/1/usage");
  expect(shown).toMatchObject({
    hours: 3,
    period_seconds: 60,
    from: "2026-01-01T09:00:00.000Z",
    to: "2026-01-01T12:00:00.000Z",
  });
  expect(await get("/api/apps/1/usage", { hours: "1" })).toMatchObject({ from: "2026-01-01T11:00:00.000Z" });
  pass(50);
  await Promise.all(Array.from({ length: 20 }, () => get("/api/apps/1/usage", { hours: "2" })));
  expect(asked).toHaveLength(1);
  pass(11);
  await Promise.all(Array.from({ length: 20 }, () => get("/api/apps/1/usage")));
  expect(asked).toHaveLength(2);
});

test("more than three hours have a value an hour, of thirty days at once", async () => {
  const { get, asked } = server();
  expect(await get("/api/apps/1/usage", { hours: "4" })).toMatchObject({
    period_seconds: 3600,
    from: "2026-01-01T09:00:00.000Z",
    to: "2026-01-01T13:00:00.000Z",
  });
  expect(await get("/api/apps/1/usage", { hours: "720" })).toMatchObject({ from: "2025-12-02T13:00:00.000Z" });
  expect(asked.map(({ from, to }) => (to - from) / 3_600_000)).toEqual([720]);
});

test("what was read before is shown where CloudWatch does not answer, and without that it is said", async () => {
  let broken = true;
  const { get, pass } = server({
    read: async (range) => {
      if (broken) throw new Error("ThrottlingException");
      return memoryUsage().read(range);
    },
  });
  await expect(get("/api/apps/1/usage")).rejects.toMatchObject({ code: "usage_unavailable", status: 503 });
  broken = false;
  const { read_at } = await get("/api/apps/1/usage");
  broken = true;
  pass(300);
  expect(await get("/api/apps/1/usage")).toMatchObject({ read_at });
});

test.each(["0", "721", "1.5", "many", ""])("hours=%s is refused by name", async (hours) => {
  const refused = server().get("/api/apps/1/usage", { hours });
  await expect(refused).rejects.toMatchObject({ code: "invalid_request", details: [{ field: "hours" }] });
});

test("what one may not read is not there", async () => {
  const { get, kept } = server();
  kept.deployments.set(7, someDeployment({ id: 7, app_id: 2 }));
  await expect(get("/api/apps/2/usage")).rejects.toMatchObject({ code: "app_not_found" });
  await expect(get("/api/deployments/7/usage")).rejects.toMatchObject({ code: "deployment_not_found" });
});

/** A deployment that was being released from one time to another. */
const released = (id: number, begin: string, end: string) =>
  someDeployment({
    id,
    app_id: 1,
    stage: "success",
    finished_at: end,
    timeline: [{ stage: "deploying", entered_at: begin, progress: 80, message: "", version: 2 }],
  });

test("before and after a deployment is read once it is over, and not of what is too old or was never released", async () => {
  const { get, kept, asked, pass } = server();
  kept.deployments.set(1, released(1, "2025-12-31T10:00:00.000Z", "2025-12-31T10:05:00.000Z"));
  kept.deployments.set(2, released(2, "2026-01-01T11:00:00.000Z", "2026-01-01T11:05:00.000Z"));
  kept.deployments.set(3, someDeployment({ id: 3, app_id: 1, stage: "failed", timeline: [] }));
  const shown = await get("/api/deployments/2/usage");
  expect(shown).toMatchObject({
    deployment_id: 2,
    complete: true,
    before: { deployment_id: 1 },
    after: { deployment_id: 2 },
  });
  expect(shown.before).toMatchObject({ from: "2026-01-01T10:30:00.000Z", to: "2026-01-01T11:00:00.000Z" });
  expect(shown.after).toMatchObject({ from: "2026-01-01T11:05:00.000Z", to: "2026-01-01T11:35:00.000Z" });
  pass(24 * 3600);
  await get("/api/deployments/2/usage");
  expect(asked).toHaveLength(1);
  expect(await get("/api/deployments/3/usage")).toMatchObject({ before: null, after: null });
  pass(30 * 24 * 3600);
  expect(await get("/api/deployments/2/usage")).toMatchObject({ complete: true, before: null, after: null });
  expect(asked).toHaveLength(1);
});
