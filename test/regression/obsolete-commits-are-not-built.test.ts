// dokploy#5166, sst#5924: obsolete commits were built one after the other
import { expect, test } from "@jest/globals";
import { emptyLane, enterLane } from "../../lib/core/lane.ts";

test("of many that wait behind a running deployment only the newest waits on; the others are superseded", () => {
  let { lane } = enterLane(emptyLane, 1) as { lane: typeof emptyLane };
  const displaced: (number | null)[] = [];
  for (const id of [2, 3, 4]) {
    const entry = enterLane(lane, id);
    if (entry.outcome !== "waiting") throw new Error(`${id} was ${entry.outcome}`);
    displaced.push(entry.displaced);
    lane = entry.lane;
  }
  expect(displaced).toEqual([null, 2, 3]);
  expect(lane).toMatchObject({ running: 1, waiting: 4 });
  expect(enterLane(lane, 3)).toEqual({ outcome: "superseded", by: 4 });
});
