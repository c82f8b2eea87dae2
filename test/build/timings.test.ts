import { describe, expect, test } from "@jest/globals";
import { stepTimings } from "../../lib/build/reporter/timings.ts";
import { buildResult, mostBuildSteps } from "../../lib/core/deployment/build-result.ts";

describe("the timings of a build's steps", () => {
  test("list those that ended, in the order in which they started, to a tenth of a second", () => {
    const timings = stepTimings();
    timings.started("a", "FROM node", 1000);
    timings.started("b", "RUN slow", 1200);
    timings.started("a", "FROM node", 1500);
    timings.started("c", "RUN never", 1600);
    timings.completed("b", 4450, false);
    timings.completed("a", 1300, true);
    timings.completed("unknown", 1, false);
    expect(timings.list()).toEqual([
      { name: "FROM node", seconds: 0.3, cached: true },
      { name: "RUN slow", seconds: 3.3, cached: false },
    ]);
    expect(timings.list(9600).at(-1)).toEqual({ name: "RUN never", seconds: 8, cached: false });
  });

  test("keep the slowest of many, and names of readable length", () => {
    const timings = stepTimings();
    for (let at = 0; at < mostBuildSteps + 20; at += 1) {
      timings.started(`${at}`, "x".repeat(500), 0);
      timings.completed(`${at}`, at * 1000, false);
    }
    const list = timings.list();
    expect(list).toHaveLength(mostBuildSteps);
    expect(list[0]?.seconds).toBe(20);
    expect(list[0]?.name.length).toBeLessThanOrEqual(160);
  });

  test("a clock that went back makes no negative time", () => {
    const timings = stepTimings();
    timings.started("a", "RUN x", 5000);
    timings.completed("a", 4000, false);
    expect(timings.list()).toEqual([{ name: "RUN x", seconds: 0, cached: false }]);
  });
});

test("a build of which every step was cached is cached, and one without steps was built", () => {
  const step = { name: "RUN x", seconds: 0, cached: true };
  expect(buildResult([step, step], 5)).toMatchObject({ outcome: "cached", image_bytes: 5 });
  expect(buildResult([step, { ...step, cached: false }], null).outcome).toBe("built");
  expect(buildResult([], null).outcome).toBe("built");
});
