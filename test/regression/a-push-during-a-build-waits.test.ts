// caprover#266: a push during a build was dropped
import { expect, test } from "@jest/globals";
import { enterLane, leaveLane } from "../../lib/core/lane.ts";

test("a deployment asked for while another runs waits, and is admitted when that has left", () => {
  const waiting = enterLane({ running: 1, waiting: null, version: 1 }, 2);
  if (waiting.outcome !== "waiting") throw new Error(waiting.outcome);
  const free = leaveLane(waiting.lane, 1);
  expect(free.waiting).toBe(2);
  expect(enterLane(free, 2).outcome).toBe("admitted");
});
