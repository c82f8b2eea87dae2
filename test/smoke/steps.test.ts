import { describe, expect, test } from "@jest/globals";
import { longestMinutes } from "../../lib/smoke/run.ts";
import { smokeSteps } from "../../lib/smoke/steps/all.ts";
import { type Phase, tracks } from "../../lib/smoke/steps/step.ts";

const minutesOf = (phase: Phase, has: readonly (string | null)[]): number =>
  smokeSteps
    .filter((step) => step.phase === phase && has.includes(step.needs))
    .reduce((sum, { minutes }) => sum + minutes, 0);

describe("the steps of a smoke run", () => {
  test("have names of their own", () => {
    const names = smokeSteps.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each([
    ["in an account", [null, "account", "webhook secret"]],
    ["on a server", [null, "server", "webhook secret"]],
  ])("fit into the time of a run %s", (_, has) => {
    const tried = minutesOf("before", has) + Math.max(...tracks.map((track) => minutesOf(track, has)));
    expect(tried).toBeLessThanOrEqual(longestMinutes.steps);
    expect(longestMinutes.steps + minutesOf("after", has)).toBeLessThanOrEqual(longestMinutes.run);
  });
});
