import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { compare, entriesOf } from "../../bench/compared.ts";
import { summary } from "../../bench/measurement.ts";
import { parts } from "../../bench/parts/all.ts";
import { stampReader } from "../../bench/stamped.ts";

const about = { commit: "abc", at: "2026-01-01T00:00:00Z" };
const bare = { name: "bare", values: [1] };
const entryOf = (values: readonly number[]) => {
  const [entry] = entriesOf(
    values.map((value) => [summary("it", [value], bare)]),
    about,
  );
  if (entry === undefined) throw new Error("There is no entry.");
  return entry;
};

test("a measurement that varies by a tenth is as before, one that takes three times as long is slower, and the other way round", () => {
  const near = (middle: number) =>
    fc.array(fc.double({ min: 0.9 * middle, max: 1.1 * middle, noNaN: true }), { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(near(10), near(10), near(40), (before, again, slow) => {
      expect(compare(entryOf(before), entryOf(again)).verdict).toBe("as before");
      expect(compare(entryOf(before), entryOf(slow)).verdict).toBe("slower");
      expect(compare(entryOf(slow), entryOf(before)).verdict).toBe("faster");
    }),
  );
});

test("one run of five that something else disturbed changes no verdict", () => {
  expect(compare(entryOf([10, 10, 11, 10, 10]), entryOf([10, 11, 10, 90, 10])).verdict).toBe("as before");
});

test("lines that are missing, repeated or out of order are counted", () => {
  const seen = (...numbers: number[]) => {
    const reader = stampReader(3);
    for (const number of numbers)
      reader.note({ type: "log", data: { line: `stamp 1000 ${number}\n`, cursor: number } }, 1010);
    return reader.seen().wrong;
  };
  expect(seen(1, 2, 3)).toBe(0);
  expect(seen(1, 3)).toBeGreaterThan(0);
  expect(seen(1, 2, 2, 3)).toBeGreaterThan(0);
  expect(seen(2, 1, 3)).toBeGreaterThan(0);
  expect(seen()).toBe(3);
});

test("each part says what it measures", () => {
  for (const { about: sentence } of Object.values(parts)) expect(sentence).not.toBe("");
});
