// coolify#5747: the concurrency setting was ignored, deployments raced
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { emptyLane, enterLane, type Lane, leaveLane } from "../../lib/core/lane.ts";
import { enter } from "../../lib/core/worker/lanes.ts";
import { someApp, someDeployment } from "../support/deployments.ts";
import { workerWorld } from "../support/worker-world.ts";

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
  const world = workerWorld();
  await world.apps.create(someApp());
  const rows = Array.from({ length: 12 }, (_, index) => someDeployment({ id: index + 1 }));
  for (const row of rows) await world.deployments.create(row);
  const events = (await Promise.all(rows.map((row) => enter(world, row)))).flat();
  expect(events.filter(({ type }) => type === "admitted")).toHaveLength(1);
});
