import { expect, test } from "@jest/globals";
import { roundTimes } from "../../lib/dashboard/apps/usage/time.ts";
import { shortCountWords } from "../../lib/dashboard/ui/number-words.ts";

const at = (text: string): number => Date.parse(text);
const hour = 3_600_000;
const shown = (times: readonly number[]): readonly string[] => times.map((one) => new Date(one).toISOString());

test("three hours have a mark each half hour, on the half hour", () => {
  const times = roundTimes(at("2026-11-30T00:16:00Z"), at("2026-11-30T03:16:00Z"), { most: 7, offset: 0 });
  expect(shown(times).map((time) => time.slice(11, 16))).toEqual([
    "00:30",
    "01:00",
    "01:30",
    "02:00",
    "02:30",
    "03:00",
  ]);
});

test("days begin at midnight where the person is", () => {
  const from = at("2026-11-20T10:20:00Z");
  const times = roundTimes(from, from + 168 * hour, { most: 7, offset: 5.5 * hour });
  expect(times).toHaveLength(7);
  for (const time of shown(times)) expect(time).toMatch(/T18:30:00.000Z$/);
});

test.each([3, 24, 168, 720])("%d hours have two marks at least and seven at most, all between the ends", (hours) => {
  const to = at("2026-11-30T03:16:40Z");
  const from = to - hours * hour;
  const times = roundTimes(from, to, { most: 7, offset: hour });
  expect(times.length).toBeGreaterThanOrEqual(2);
  expect(times.length).toBeLessThanOrEqual(7);
  expect(times.every((time) => time >= from && time <= to)).toBe(true);
});

test.each([
  [0, "0"],
  [9999, "9,999"],
  [12_500, "12.5K"],
  [3_000_000, "3M"],
])("an axis has room for %d as %s", (value, words) => {
  expect(shortCountWords(value)).toBe(words);
});
