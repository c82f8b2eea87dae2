// A push that comes long after newer ones, while somebody has asked for an older commit meanwhile.
import { expect, test } from "@jest/globals";
import type { Deployment } from "../../../lib/core/deployment/deployment.ts";
import { emptyLane, type Lane } from "../../../lib/core/lane/lane.ts";
import { work } from "../../../lib/core/worker/worker.ts";
import { someApp, someDeployment } from "../../support/deployments.ts";
import { workerDeps } from "../../support/worker-deps.ts";

const commits = ["1", "2", "3"].map((digit) => digit.repeat(40));
const [first = "", second = "", head = ""] = commits;
const push = (id: number, commit_hash: string, change: Partial<Deployment> = {}) =>
  someDeployment({ id, trigger: "webhook", commit_hash, pushed_from: "0".repeat(40), ...change });

const places: Readonly<Record<string, { lane: Partial<Lane>; live: number | null }>> = {
  "runs while an older commit waits": { lane: { running: 5, waiting: 8 }, live: null },
  "waits while an older commit runs": { lane: { running: 8, waiting: 5 }, live: null },
  "is live, and an older commit was asked for and has gone": { lane: {}, live: 5 },
};

/** What a push goes on from: nothing that is there, or the older commit that somebody asked for. */
const origins: Readonly<Record<string, string>> = { "a commit of before": "0".repeat(40), "the older commit": second };

const cases = Object.entries(places).flatMap(([where, place]) =>
  Object.entries(origins).map(([origin, from]) => ({ where, origin, from, ...place })),
);

test.each(cases)("that goes on from $origin is superseded by the head, which $where", async ({ from, lane, live }) => {
  const deps = workerDeps({
    heads: {
      resolve: async () => ({ outcome: "resolved", commit: head, message: "Fix" }),
      poll: async () => ({ outcome: "unchanged" }),
      identify: async () => null,
    },
  });
  await deps.apps.create(someApp({ live_deployment_id: live }));
  const over = { stage: "cancelled" } as const;
  await deps.deployments.create(push(5, head, live === null ? {} : { stage: "success" }));
  await deps.deployments.create(push(8, second, { trigger: "api", ...(live === null ? {} : over) }));
  await deps.deployments.create(push(11, first, { pushed_from: from }));
  await deps.lanes.replace(1, { ...emptyLane, highest: 8, asked: 8, version: 1, ...lane });
  await work(deps, { type: "deployment", deployment_id: 11, event: { type: "woken" } });
  expect(await deps.deployments.get(11)).toMatchObject({
    stage: "superseded",
    message: "Replaced by the newer deployment 5.",
  });
});
