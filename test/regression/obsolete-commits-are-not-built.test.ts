// dokploy#5166, sst#5924: obsolete commits were built one after the other
import { expect, test } from "@jest/globals";
import { emptyLane, enterLane } from "../../lib/core/lane/lane.ts";

const push = (id: number) => ({ id, kind: "push" }) as const;

test("of many that wait behind a running deployment only the newest waits on; the others are superseded", () => {
  let { lane } = enterLane(emptyLane, push(1)) as { lane: typeof emptyLane };
  const displaced: number[] = [];
  for (const id of [2, 3, 4]) {
    const entry = enterLane(lane, push(id));
    if (entry.outcome !== "waiting") throw new Error(`${id} was ${entry.outcome}`);
    displaced.push(...entry.displaced);
    lane = entry.lane;
  }
  expect(displaced).toEqual([2, 3]);
  expect(lane).toMatchObject({ running: 1, waiting: 4 });
  expect(enterLane(lane, push(3))).toEqual({ outcome: "superseded", by: 4 });
});
