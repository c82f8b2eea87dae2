import { describe, expect, test } from "@jest/globals";
import { compilePattern, matches } from "@slipway/local-aws/services/events/pattern";
import fc from "fast-check";

const ec2 = {
  version: "0",
  source: "aws.ec2",
  "detail-type": "EC2 Instance State-change Notification",
  resources: ["arn:aws:ec2:us-east-1:000000000000:instance/i-abcd1111", "other"],
  detail: {
    state: "terminated",
    "instance-id": "i-abcd1111",
    count: 5,
    none: null,
    on: true,
    tags: [],
    deep: { x: { y: 1 } },
  },
};

/** Pattern for `detail`, and whether the event above fits. */
const TABLE: readonly (readonly [string, unknown, boolean])[] = [
  ["a value of the list", { state: ["running", "terminated"] }, true],
  ["none of the list", { state: ["running"] }, false],
  ["all fields must fit", { state: ["terminated"], count: [6] }, false],
  ["null", { none: [null] }, true],
  ["null is not absence", { missing: [null] }, false],
  ["a number is not its text", { count: ["5"] }, false],
  ["true", { on: [true] }, true],
  ["nested", { deep: { x: { y: [1] } } }, true],
  ["nested where there is nothing", { state: { x: ["terminated"] } }, false],
  ["prefix", { state: [{ prefix: "term" }] }, true],
  ["prefix, no", { state: [{ prefix: "Term" }] }, false],
  ["prefix in any case", { state: [{ prefix: { "equals-ignore-case": "TERM" } }] }, true],
  ["suffix", { state: [{ suffix: "nated" }] }, true],
  ["suffix in any case", { state: [{ suffix: { "equals-ignore-case": "NATED" } }] }, true],
  ["equals-ignore-case", { state: [{ "equals-ignore-case": "TERMINATED" }] }, true],
  ["wildcard", { state: [{ wildcard: "t*min*d" }] }, true],
  ["wildcard is the whole text", { state: [{ wildcard: "erm*" }] }, false],
  ["wildcard's dot is a dot", { state: [{ wildcard: "t.rminated" }] }, false],
  ["anything-but", { state: [{ "anything-but": "initializing" }] }, true],
  ["anything-but, no", { state: [{ "anything-but": ["terminated", "x"] }] }, false],
  ["anything-but a number", { count: [{ "anything-but": [1, 2] }] }, true],
  ["anything-but a prefix", { state: [{ "anything-but": { prefix: "init" } }] }, true],
  ["anything-but prefixes", { state: [{ "anything-but": { prefix: ["init", "term"] } }] }, false],
  ["anything-but a suffix", { state: [{ "anything-but": { suffix: "ed" } }] }, false],
  ["anything-but in any case", { state: [{ "anything-but": { "equals-ignore-case": ["TERMINATED"] } }] }, false],
  ["anything-but a wildcard", { state: [{ "anything-but": { wildcard: "*min*" } }] }, false],
  ["anything-but needs a value", { missing: [{ "anything-but": "x" }] }, false],
  ["numeric range", { count: [{ numeric: [">", 0, "<=", 5] }] }, true],
  ["numeric range, no", { count: [{ numeric: [">", 5] }] }, false],
  ["numeric equality", { count: [{ numeric: ["=", 5] }] }, true],
  ["numeric is for numbers", { state: [{ numeric: [">", 0] }] }, false],
  ["exists", { state: [{ exists: true }] }, true],
  ["exists, no", { missing: [{ exists: true }] }, false],
  ["absence", { missing: [{ exists: false }] }, true],
  ["absence inside absence", { missing: { inner: [{ exists: false }] } }, true],
  ["an object is no value", { deep: [{ exists: true }] }, false],
  ["an empty array is no value", { tags: [{ exists: false }] }, true],
  ["$or", { $or: [{ state: ["x"] }, { count: [{ numeric: ["<", 6] }] }] }, true],
  ["$or, none", { $or: [{ state: ["x"] }, { count: [6] }] }, false],
  ["$or beside a field", { state: ["x"], $or: [{ count: [5] }, { on: [true] }] }, false],
];

describe("a pattern for the detail", () => {
  test.each(TABLE)("%s", (_name, detail, expected) => {
    expect(matches({ source: ["aws.ec2"], detail }, ec2)).toBe(expected);
  });
});

test("an array fits when one of its elements does", () => {
  expect(matches({ resources: [{ prefix: "arn:aws:ec2:" }] }, ec2)).toBe(true);
  expect(matches({ resources: ["neither"] }, ec2)).toBe(false);
});

test("objects in an array fit one by one: no two of them make up one that fits", () => {
  const event = {
    containers: [
      { name: "a", code: 0 },
      { name: "b", code: 1 },
    ],
  };
  expect(matches({ containers: { name: ["b"], code: [1] } }, event)).toBe(true);
  expect(matches({ containers: { name: ["a"], code: [1] } }, event)).toBe(false);
});

test("an operator that is not known is an error that names it and its place", () => {
  expect(() => compilePattern({ detail: { address: [{ cidr: "10.0.0.0/24" }] } })).toThrow(/detail\.address.*cidr/);
  expect(() => compilePattern({ detail: { a: [{ "anything-but": { numeric: ["=", 1] } }] } })).toThrow(/numeric/);
  expect(() => compilePattern({ detail: { a: [{ numeric: ["!=", 1] }] } })).toThrow(/numeric/);
  expect(() => compilePattern({ detail: "text" })).toThrow(/detail/);
  expect(() => compilePattern({ detail: [] })).toThrow(/empty/);
});

const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));

test("whatever an event is, the pattern made of its own leaves fits it", () => {
  const event = fc.dictionary(
    fc.string({ minLength: 1 }).filter((key) => key !== "$or" && key !== "__proto__"),
    scalar,
    { minKeys: 1 },
  );
  fc.assert(
    fc.property(event, (fields) => {
      const pattern = Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, [value]]));
      expect(matches({ detail: pattern }, { detail: fields })).toBe(true);
    }),
  );
});

test("for any text: prefix, suffix and wildcard agree with the text's own start and end, and anything-but is their opposite", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (text, part) => {
      const fits = (operator: unknown) => matches({ a: [operator] }, { a: text });
      const glob = part.replaceAll(/[\\*]/g, "\\$&");
      expect(fits({ prefix: part })).toBe(text.startsWith(part));
      expect(fits({ suffix: part })).toBe(text.endsWith(part));
      expect(fits({ wildcard: `${glob}*` })).toBe(text.startsWith(part));
      expect(fits({ "anything-but": { prefix: part } })).toBe(!text.startsWith(part));
      expect(fits({ "anything-but": [part] })).toBe(text !== part);
    }),
  );
});
