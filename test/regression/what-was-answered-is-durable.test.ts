// the original: a queue of five in memory, its overflow answered 200, everything stuck after a restart
import { expect, test } from "@jest/globals";
import type { ApiDeps } from "../../lib/api/deps.ts";
import { handle } from "../../lib/api/handle.ts";
import { plusSeconds } from "../../lib/core/time.ts";
import { work } from "../../lib/core/worker/worker.ts";
import { apiDeps } from "../support/api-deps.ts";
import { someApp, someDeployment } from "../support/deployments.ts";
import { workerDeps } from "../support/worker-deps.ts";

const request = {
  method: "POST",
  path: "/api/deployments",
  query: {},
  headers: {},
  body: JSON.stringify({ appId: 1 }),
  principal: { id: "token#9", name: "ada", role: "admin" as const, apps: null },
  csrf: null,
  address: "192.0.2.1",
};

function recording(order: string[], refuses?: "row" | "message"): ApiDeps {
  const { deps, kept } = apiDeps();
  kept.apps.set(1, someApp());
  const note = (what: "row" | "message") => {
    if (refuses === what) throw new Error(`No ${what} today.`);
    order.push(what);
  };
  return {
    ...deps,
    deployments: { ...deps.deployments, create: async () => note("row") === undefined },
    queue: { send: async () => note("message") },
  };
}

test("the row is written first, then the message, then it is answered", async () => {
  const order: string[] = [];
  expect((await handle(recording(order), request)).status).toBe(201);
  expect(order).toEqual(["row", "message"]);
});

test.each(["row", "message"] as const)("without its %s nothing is answered as accepted", async (missing) => {
  await expect(handle(recording([], missing), request)).rejects.toThrow(`No ${missing} today.`);
});

test("a row whose message was lost is found by the sweep", async () => {
  const row = someDeployment();
  const deps = workerDeps({ now: () => plusSeconds(row.next_poll_at ?? "", 31) });
  await deps.deployments.create(row);
  await work(deps, { type: "sweep" });
  const polls = deps.sent().filter(({ type }) => type === "poll");
  expect(polls).toEqual([{ type: "poll", deployment_id: row.id, due: row.next_poll_at }]);
});

test("a sweep that had to wait on the queue takes no poll for lost that may be waiting there, too", async () => {
  const row = someDeployment();
  const deps = workerDeps({ now: () => plusSeconds(row.next_poll_at ?? "", 300) });
  await deps.deployments.create(row);
  const pollsAfter = async (queuedSeconds: number) => {
    await work(deps, { type: "sweep" }, { queuedSeconds });
    return deps.sent().filter(({ type }) => type === "poll").length;
  };
  expect(await pollsAfter(200)).toBe(0);
  expect(await pollsAfter(100)).toBe(1);
});

test("sweeps don't make a queue longer that is behind with its polls", async () => {
  let now = "2026-01-01T00:00:00.000Z";
  let waiting = 0;
  const deps = workerDeps({ now: () => now, backlog: { waiting: async () => waiting } });
  const rows = Array.from({ length: 400 }, (_, id) =>
    someDeployment({ id: id + 1, next_poll_at: plusSeconds(now, id % 10) }),
  );
  for (const row of rows) await deps.deployments.create(row);
  const polls = () => deps.sent().filter(({ type }) => type === "poll");
  // Their polls wait but for three that were lost. No worker gets to any of them.
  const lost = 3;
  for (let minute = 1; minute <= 10; minute++) {
    now = plusSeconds(now, 60);
    waiting = rows.length - lost + polls().length;
    await work(deps, { type: "sweep" });
  }
  expect(polls().map((poll) => "deployment_id" in poll && poll.deployment_id)).toEqual([1, 11, 21]);
});
