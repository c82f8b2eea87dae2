import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { longestPollSeconds, nextPollAt } from "../../lib/core/deployment/deadline.ts";
import { plusSeconds, secondsBetween } from "../../lib/core/time.ts";
import { someDeployment } from "../support/deployments.ts";

const entered = "2026-01-01T00:00:00.000Z";

const rowIn = (
  stage: "pending" | "building" | "awaiting_approval" | "deploying",
  deadline_at: string | null = null,
) => {
  const row = someDeployment({ stage, deadline_at });
  return { ...row, timeline: [{ ...row.timeline[0], entered_at: entered }] } as typeof row;
};

const pollsWithin = (stage: Parameters<typeof rowIn>[0], seconds: number): number => {
  const row = rowIn(stage);
  let polls = 0;
  for (let now = entered; secondsBetween(entered, now) < seconds; now = nextPollAt(row, now)) polls++;
  return polls;
};

test("what waits for others or for people is polled less and less often, and what works is not", () => {
  const hour = 3600;
  expect([pollsWithin("deploying", hour), pollsWithin("building", hour)]).toEqual([720, 240]);
  for (const stage of ["pending", "awaiting_approval"] as const) expect(pollsWithin(stage, hour)).toBeLessThan(45);
  expect(pollsWithin("pending", 60)).toBe(4);
});

test("no poll is further away than the longest time, and none passes a deadline that is to come", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("pending", "building", "awaiting_approval", "deploying"),
      fc.integer({ min: 0, max: 40 * 86_400 }),
      fc.option(fc.integer({ min: -100, max: 300 }), { nil: null }),
      (stage, waited, left) => {
        const now = plusSeconds(entered, waited);
        const deadline = left === null ? null : plusSeconds(now, left);
        const next = nextPollAt(rowIn(stage as "pending", deadline), now);
        expect(next > now).toBe(true);
        expect(secondsBetween(now, next)).toBeLessThanOrEqual(longestPollSeconds);
        if (deadline !== null && deadline > now) expect(next <= deadline).toBe(true);
      },
    ),
  );
});
