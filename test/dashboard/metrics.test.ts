import { expect, test } from "@jest/globals";
import { compare, shownFigures } from "@slipway/monitor/client";
import fc from "fast-check";
import { metricsOf } from "../../lib/core/metrics/metrics.ts";
import { durationTicks } from "../../lib/dashboard/metrics/duration-ticks.ts";
import { someOutcome } from "../support/outcomes.ts";

const nothing = metricsOf([], 1, "2026-01-01T12:00:00.000Z");
const everything = metricsOf([someOutcome()], 1, "2026-01-01T12:00:00.000Z");
const [successRate, frequency, duration] = shownFigures;

const change = (figure: (typeof shownFigures)[number] | undefined, now: object, before: object) =>
  figure && compare(figure, { ...everything, ...now }, { ...everything, ...before });

test("more is better of some figures, less of others, and how much is said in their own unit", () => {
  expect(change(successRate, { success_rate: 0.9 }, { success_rate: 0.8 })).toEqual({
    verdict: "better",
    words: "Better by 10 points",
  });
  expect(change(frequency, { deployment_frequency: 1 }, { deployment_frequency: 1.5 })).toEqual({
    verdict: "worse",
    words: "Worse by 0.5",
  });
  const took = (p50: number) => ({ duration: { ...everything.duration, p50 } });
  expect(change(duration, took(100), took(160))).toEqual({ verdict: "better", words: "Better by 1 min" });
});

test("what reads the same is as before, and without something before there is nothing to compare with", () => {
  expect(change(successRate, { success_rate: 0.90001 }, { success_rate: 0.9 })?.words).toBe("No change");
  for (const figure of shownFigures) {
    expect(compare(figure, everything, nothing).verdict).toBe("unknown");
    expect(compare(figure, nothing, nothing).verdict).toBe("unknown");
  }
});

test("an axis of durations begins at 0, reaches the longest, and has a few even steps", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2_000_000 }), (longest) => {
      const ticks = durationTicks(longest);
      expect(ticks[0]).toBe(0);
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(longest);
      expect(ticks.length).toBeGreaterThanOrEqual(2);
      expect(ticks.length).toBeLessThanOrEqual(6);
      const step = ticks[1] ?? 0;
      expect(ticks).toEqual(ticks.map((_, index) => index * step));
    }),
  );
  expect(durationTicks(280)).toEqual([0, 60, 120, 180, 240, 300]);
});
