// Which step of a deployment is marked as the slowest.
import { expect, test } from "@jest/globals";
import { type Step, slowestOf } from "../../../packages/monitor/src/react/stages.ts";

const step = (stage: Step["stage"], seconds: number | null): Step => ({ stage, state: "done", since: null, seconds });

test("the slowest step is the one that took longest, however long a person took to approve", () => {
  const building = step("building", 20);
  expect(slowestOf([step("cloning", 2), building, step("awaiting_approval", 3600), step("deploying", 9)])).toBe(
    building,
  );
  expect(slowestOf([step("cloning", 0), step("building", null)])).toBeNull();
});
