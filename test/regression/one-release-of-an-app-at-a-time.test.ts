// coolify#5747: the concurrency setting was ignored, deployments raced
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { emptyLane, enterLane, type Lane, leaveLane } from "../../lib/core/lane/lane.ts";
import { enter } from "../../lib/core/worker/lanes.ts";
import { someApp, someDeployment } from "../support/deployments.ts";
import { memoryLanes } from "../support/memory-stores.ts";
import { workerDeps } from "../support/worker-deps.ts";

test("whoever comes and goes in whatever order: one runs, at most one newer waits", () => {
  const step = fc.record({ enters: fc.boolean(), id: fc.integer({ min: 1, max: 6 }) });
  const after = (lane: Lane, { enters, id }: { enters: boolean; id: number }): Lane => {
    if (!enters) return leaveLane(lane, id);
    const entry = enterLane(lane, { id, kind: "push" });
    return entry.outcome === "superseded" ? lane : entry.lane;
  };
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let lane = emptyLane;
      for (const taken of steps) {
        const next = after(lane, taken);
        // Nobody takes the place of one that runs: it leaves by itself.
        if (lane.running !== null && taken.enters) expect(next.running).toBe(lane.running);
        if (next.running !== null && next.waiting !== null) expect(next.waiting).toBeGreaterThan(next.running);
        lane = next;
      }
    }),
  );
});

test("twelve that are asked for at the same moment: one is admitted", async () => {
  const deps = workerDeps();
  await deps.apps.create(someApp());
  const rows = Array.from({ length: 12 }, (_, index) => someDeployment({ id: index + 1 }));
  for (const row of rows) await deps.deployments.create(row);
  const events = (await Promise.all(rows.map((row) => enter(deps, row)))).flat();
  expect(events.filter(({ type }) => type === "admitted")).toHaveLength(1);
});

test("those whom one worker takes in together do not race for the lane", async () => {
  const lanes = memoryLanes();
  const lost: number[] = [];
  const replace: typeof lanes.replace = async (appId, lane) => {
    const isWritten = await lanes.replace(appId, lane);
    if (!isWritten) lost.push(lane.version);
    return isWritten;
  };
  const deps = workerDeps({ lanes: { ...lanes, replace } });
  await deps.apps.create(someApp());
  const rows = Array.from({ length: 10 }, (_, index) => someDeployment({ id: index + 1 }));
  for (const row of rows) await deps.deployments.create(row);
  await Promise.all(rows.map((row) => enter(deps, row)));
  expect(lost).toEqual([]);
});

test("one whose turn fails does not keep the others from theirs", async () => {
  const lanes = memoryLanes();
  let isFirst = true;
  const get: typeof lanes.get = async (appId) => {
    if (!isFirst) return lanes.get(appId);
    isFirst = false;
    throw new Error("throttled");
  };
  const deps = workerDeps({ lanes: { ...lanes, get } });
  await deps.apps.create(someApp());
  const rows = [1, 2].map((id) => someDeployment({ id }));
  for (const row of rows) await deps.deployments.create(row);
  const [first, second] = await Promise.allSettled(rows.map((row) => enter(deps, row)));
  expect(first).toMatchObject({ status: "rejected" });
  expect(second).toMatchObject({ status: "fulfilled", value: [{ type: "admitted" }] });
});
