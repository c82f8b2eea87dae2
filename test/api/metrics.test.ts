import { expect, test } from "@jest/globals";
import type { Metrics } from "@slipway/monitor/client";
import { handle } from "../../lib/api/handle.ts";
import type { Principal } from "../../lib/core/access/principal.ts";
import { apiDeps } from "../support/api-deps.ts";
import { someApp, someSettings } from "../support/deployments.ts";
import { someOutcome } from "../support/outcomes.ts";

const viewer = (apps: Principal["apps"]): Principal => ({ id: "token#9", name: "ada", role: "viewer", apps });

/** App 1 had one deployment, app 2 two, app 3 three; app 3 is deleted. It is the first of January 2026. */
function ask(path: string, principal: Principal, query: Readonly<Record<string, string>> = {}): Promise<Metrics> {
  const { deps, kept } = apiDeps();
  for (const id of [1, 2, 3]) {
    const deleted_at = id === 3 ? "2026-01-01T00:00:00.000Z" : null;
    kept.apps.set(id, someApp({ id, settings: someSettings({ name: `app-${id}` }), deleted_at }));
    for (let count = 1; count <= id; count++) {
      const deployment_id = 10 * id + count;
      kept.outcomes.set(deployment_id, someOutcome({ app_id: id, deployment_id, finished_at: deps.now() }));
    }
  }
  const request = { method: "GET", path, query, headers: {}, body: null, principal, csrf: null, address: "192.0.2.1" };
  return handle(deps, request).then(({ body }) => (body as { data: Metrics }).data);
}

test("of all apps only those count that the caller may read and that are still there", async () => {
  expect((await ask("/api/metrics", viewer(null))).deployments).toBe(3);
  expect((await ask("/api/metrics", viewer([2, 3]))).deployments).toBe(2);
  expect((await ask("/api/metrics", viewer([]))).deployments).toBe(0);
  expect((await ask("/api/apps/2/metrics", viewer(null))).deployments).toBe(2);
});

test("there is a point for each UTC day, thirty unless the caller says how many", async () => {
  const metrics = await ask("/api/metrics", viewer(null));
  expect(metrics).toMatchObject({ days: 30, from: "2025-12-03", to: "2026-01-01" });
  expect(metrics.points).toHaveLength(30);
  expect([metrics.points[0]?.date, metrics.points.at(-1)?.date]).toEqual([metrics.from, metrics.to]);
  expect((await ask("/api/metrics", viewer(null), { days: "90" })).points).toHaveLength(90);
});

test.each(["0", "91", "1.5", "many", ""])("days=%s is refused by name", async (days) => {
  const refused = ask("/api/apps/1/metrics", viewer(null), { days });
  await expect(refused).rejects.toMatchObject({ code: "invalid_request", details: [{ field: "days" }] });
});
