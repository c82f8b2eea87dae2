import { expect, test } from "@jest/globals";
import { isVisibleChange, presentDeployment } from "../../lib/api/present.ts";
import { someDeployment } from "../support/deployments.ts";

const before = someDeployment({ stage: "building", deadline_at: "2026-01-01T01:00:00.000Z" });

test("a presented deployment has the deadline of its stage", () => {
  expect(presentDeployment(before).deadline_at).toBe("2026-01-01T01:00:00.000Z");
});

test("viewers get no frame for a deadline that moves, which happens at polls, but one for progress", () => {
  const moved = { ...before, version: 2, deadline_at: "2026-01-01T01:10:00.000Z" };
  expect(isVisibleChange(before, moved)).toBe(false);
  expect(isVisibleChange(before, { ...moved, progress: 60 })).toBe(true);
});
