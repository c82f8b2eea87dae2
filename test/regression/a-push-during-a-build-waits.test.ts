// caprover#266: a push during a build was dropped
import { expect, test } from "@jest/globals";
import { emptyLane, enterLane, leaveLane } from "../../lib/core/lane/lane.ts";

const push = { id: 2, kind: "push" } as const;

test("a deployment asked for while another runs waits, and is admitted when that has left", () => {
  const waiting = enterLane({ ...emptyLane, running: 1, highest: 1, version: 1 }, push);
  if (waiting.outcome !== "waiting") throw new Error(waiting.outcome);
  const free = leaveLane(waiting.lane, 1);
  expect(free.waiting).toBe(2);
  expect(enterLane(free, push).outcome).toBe("admitted");
});
