// sst#4946, sst#5096: a stale lock after a crash
import { expect, test } from "@jest/globals";
import { decide } from "../../lib/core/deployment/decide.ts";
import type { Deployment } from "../../lib/core/deployment/deployment.ts";
import { emptyLane } from "../../lib/core/lane/lane.ts";
import { enter } from "../../lib/core/worker/lanes.ts";
import { someApp, someDeployment } from "../support/deployments.ts";
import { workerDeps } from "../support/worker-deps.ts";

const begun = (holder: string, until: string) =>
  ({ type: "effect_begun", key: "start_release", holder, until }) as const;

test("who died while it held a release's lease blocks the next one until it expires, and no longer", () => {
  const row: Deployment = someDeployment({
    stage: "deploying",
    image_digest: "sha256:abc",
    outbox: [{ type: "start_release" }],
    enqueued: ["start_release"],
    lease: { key: "start_release", holder: "dead", until: "2026-01-01T00:01:00.000Z" },
  });
  const next = begun("alive", "2026-01-01T00:03:00.000Z");
  expect(decide(row, next, "2026-01-01T00:00:59.000Z")).toHaveProperty("ignored");
  expect(decide(row, next, "2026-01-01T00:01:00.000Z")).toMatchObject({ next: { lease: { holder: "alive" } } });
});

test("a deployment that ended but died before it left its app's lane holds nothing", async () => {
  const deps = workerDeps();
  await deps.apps.create(someApp());
  await deps.deployments.create(someDeployment({ id: 1, stage: "failed", finished_at: deps.now(), outbox: [] }));
  await deps.lanes.replace(1, { ...emptyLane, running: 1, version: 1 });
  const next = someDeployment({ id: 2 });
  await deps.deployments.create(next);
  expect(await enter(deps, next)).toMatchObject([{ type: "admitted" }]);
});
