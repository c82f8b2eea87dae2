import { describe, expect, test } from "@jest/globals";
import type { Settings } from "../../lib/core/app.ts";
import { inWords, judgedDeadline, stageSeconds, waitingDeadline } from "../../lib/core/deployment/deadline.ts";
import { decide } from "../../lib/core/deployment/decide.ts";
import type { Deployment } from "../../lib/core/deployment/deployment.ts";
import type { DeploymentEvent } from "../../lib/core/deployment/event.ts";
import { isHeld, leaseSeconds, workerTimeoutSeconds } from "../../lib/core/deployment/lease.ts";
import { plusSeconds } from "../../lib/core/time.ts";
import { functionSizes } from "../../lib/infra/functions.ts";
import { someDeployment, someSettings } from "../support/deployments.ts";

const start = "2026-01-01T00:00:00.000Z";
const day = 24 * 60 * 60;

const decided = (row: Deployment, event: DeploymentEvent, now: string): Deployment => {
  const decision = decide(row, event, now);
  if ("ignored" in decision) throw new Error(decision.ignored);
  return decision.next;
};

describe("what waits for others", () => {
  test.each<readonly [string, DeploymentEvent, Deployment["outbox"]]>([
    ["its app's lane", { type: "lane_waiting", behind: 3 }, [{ type: "enter_lane" }]],
    [
      "a slot of the builds",
      { type: "build_waiting", attempt: 1, message: "Waiting", in_turn: true },
      [{ type: "start_build", attempt: 1 }],
    ],
  ])("waits for %s for thirty days, since those ahead have deadlines of their own", (_what, event, outbox) => {
    let row = someDeployment({ outbox, enqueued: [] });
    for (let hours = 1; hours <= 30 * 24; hours++) {
      const now = plusSeconds(start, hours * 3600);
      row = decided({ ...row, next_poll_at: now }, { type: "polled", due: now }, now);
      const decision = decide(row, event, now);
      if ("next" in decision) row = decision.next;
      expect(row.ending).toBeNull();
    }
    // It still has one, so that it ends where no event comes any more.
    expect(row.deadline_at !== null && row.deadline_at <= plusSeconds(start, 31 * day)).toBe(true);
  });

  test("does not wait for ever for builds of the account that are not ours", () => {
    const row = someDeployment({ outbox: [{ type: "start_build", attempt: 1 }], enqueued: [] });
    const now = plusSeconds(start, 23 * 3600);
    const event = decided(row, { type: "build_waiting", attempt: 1, message: "Busy", in_turn: false }, now);
    expect(event.deadline_at).toBe(row.deadline_at);
  });

  test("has the whole time of the stage before it from when it is admitted", () => {
    const now = plusSeconds(start, 23 * 3600);
    expect(decided(someDeployment(), { type: "admitted" }, now).deadline_at).toBe(plusSeconds(now, day));
  });

  test("a deadline is written anew when half of it is over, not at each poll", () => {
    const row = someDeployment();
    expect(waitingDeadline(row, plusSeconds(start, 11 * 3600))).toBe(row.deadline_at);
    expect(waitingDeadline(row, plusSeconds(start, 13 * 3600))).toBe(plusSeconds(start, 13 * 3600 + day));
  });
});

describe("the deadline of deploying", () => {
  const [startup, stop, margin] = [60, 30, 600];

  test.each<readonly [Settings["strategy"], bake: number]>([
    [{ type: "rolling" }, 0],
    [{ type: "blue_green", bake_minutes: 5 }, 5],
    [{ type: "linear", step_percent: 30, step_bake_minutes: 2, bake_minutes: 5 }, 4 * 2 + 5],
    [{ type: "canary", percent: 10, canary_bake_minutes: 7, bake_minutes: 60 }, 67],
  ])("is the sum of what makes it wait, and ten minutes: %o", (strategy, bake) => {
    const seconds = stageSeconds(someDeployment({ settings: someSettings({ strategy }) }), "deploying");
    expect(seconds).toBe(startup + bake * 60 + stop + margin);
  });

  test.each([
    [690, "11 minutes 30 seconds"],
    [60, "1 minute"],
    [61, "1 minute 1 second"],
    [7200, "2 hours"],
    [7260, "121 minutes"],
    [30, "30 seconds"],
    [0, "0 minutes"],
  ])("is said to the second: %i", (seconds, words) => expect(inWords(seconds)).toBe(words));
});

describe("a clock that was wrong", () => {
  const building = someDeployment({ stage: "building", deadline_at: plusSeconds(start, 3600) });
  const longest = stageSeconds(building, "building") ?? 0;

  test("a deadline that it set further ahead than any can be counts from now", () => {
    const ahead = { ...building, deadline_at: plusSeconds(start, 7200) };
    expect(judgedDeadline(ahead, start, start)).toBe(plusSeconds(start, longest));
  });

  test("one that jumps ahead by an hour fails nothing that goes on well", () => {
    const now = plusSeconds(start, 3700);
    const due = plusSeconds(start, 15);
    const row = { ...building, next_poll_at: due };
    expect(decided(row, { type: "polled", due }, now).ending).toBeNull();
    expect(decided({ ...row, next_poll_at: now }, { type: "polled", due: now }, now).ending).not.toBeNull();
  });

  test("people's time to approve goes on while nobody polls", () => {
    const waits = { ...building, stage: "awaiting_approval" as const };
    expect(judgedDeadline(waits, start, plusSeconds(start, 1800))).toBe(waits.deadline_at);
  });

  test("a lease that it set further ahead than any can be is over", () => {
    const lease = (seconds: number) => ({ key: "start_release", holder: "a", until: plusSeconds(start, seconds) });
    expect(isHeld(lease(leaseSeconds), start)).toBe(true);
    expect(isHeld(lease(0), start)).toBe(false);
    expect(isHeld(lease(3600), start)).toBe(false);
    expect(isHeld(null, start)).toBe(false);
  });
});

test("a lease outlives the longest run of the worker, whatever the template says", () => {
  expect(functionSizes["queue-to-work"].timeoutSeconds).toBe(workerTimeoutSeconds);
  expect(leaseSeconds).toBeGreaterThan(functionSizes["queue-to-work"].timeoutSeconds);
});
