import { describe, expect, test } from "@jest/globals";
import { measuredSockets } from "../../lib/adapters/apigateway/measured-sockets.ts";
import { isStuck } from "../../lib/core/deployment/stuck.ts";
import type { MeasureName } from "../../lib/core/measure.ts";
import { workingTime } from "../../lib/core/metrics/outcome.ts";
import { plusSeconds } from "../../lib/core/time.ts";
import { work } from "../../lib/core/worker/worker.ts";
import { someDeployment } from "../support/deployments.ts";
import { someOutcome } from "../support/outcomes.ts";
import { workerDeps } from "../support/worker-deps.ts";

const deadline = "2026-01-01T01:00:00.000Z";
const building = { stage: "building", outbox: [], deadline_at: deadline } as const;
const ended = { stage: "success", finished_at: deadline, deadline_at: null } as const;

describe("a deployment is stuck", () => {
  test.each([
    ["unfinished, ten minutes after its deadline", building, 601, true],
    ["unfinished, while a retry may still end it", building, 599, false],
    ["unfinished, when even its ending was given up waiting for", { ...building, deadline_at: null }, 0, true],
    ["ended, when something of it is still to be done", { ...ended, outbox: [{ type: "leave_lane" }] }, 601, true],
    ["ended, with nothing left to do", { ...ended, outbox: [] }, 100_000, false],
  ] as const)("%s", (_what, state, seconds, stuck) => {
    const row = someDeployment({ ...state, outbox: [...state.outbox] });
    expect(isStuck(row, plusSeconds(deadline, seconds))).toBe(stuck);
  });

  test("and each sweep counts those that are, whether or not somebody polls them", async () => {
    const counted: [MeasureName, number][] = [];
    const now = plusSeconds(deadline, 700);
    const deps = workerDeps({ now: () => now, measure: (...measured) => void counted.push(measured) });
    const rows = [
      someDeployment({ ...building, id: 1, outbox: [], next_poll_at: plusSeconds(now, 10) }),
      someDeployment({ ...building, id: 2, outbox: [], next_poll_at: plusSeconds(now, -300) }),
      someDeployment({ ...building, id: 3, outbox: [], deadline_at: plusSeconds(now, 60), next_poll_at: now }),
    ];
    await work(deps, { type: "sweep" });
    for (const row of rows) await deps.deployments.create(row);
    await work(deps, { type: "sweep" });
    expect(counted).toEqual([
      ["StuckDeployments", 0],
      ["StuckDeployments", 2],
    ]);
    expect(deps.sent().filter(({ type }) => type === "poll")).toEqual([
      { type: "poll", deployment_id: 2, due: plusSeconds(now, -300) },
    ]);
  });
});

test("the pump counts and logs a socket that cannot be written to; one whose holder has left is neither", async () => {
  const counted: [MeasureName, number][] = [];
  const post = async (id: string) => {
    if (id === "broken") throw new Error("429");
    return id === "left" ? ("gone" as const) : ("sent" as const);
  };
  const sockets = measuredSockets({ post, close: async () => {} }, (...measured) => void counted.push(measured));
  expect([await sockets.post("here", ""), await sockets.post("left", "")]).toEqual(["sent", "gone"]);
  expect(counted).toEqual([]);
  await expect(sockets.post("broken", "")).rejects.toThrow("429");
  expect(counted).toEqual([["FanOutErrors", 1]]);
});

test("working time is without the waiting for a turn, and for an approval", () => {
  expect(
    workingTime(
      someOutcome({ seconds: { pending: 1, cloning: 20, building: 300, awaiting_approval: 4000, deploying: 50_000 } }),
    ),
  ).toBe(50_320);
  expect(workingTime(someOutcome({ seconds: { pending: 1, deploying: 7 } }))).toBe(7);
});
