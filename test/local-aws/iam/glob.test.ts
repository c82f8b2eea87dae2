import { expect, test } from "@jest/globals";
import { arnMatches, globMatches } from "@slipway/local-aws/services/iam/glob";
import fc from "fast-check";

/** The slow but obvious meaning of a pattern. */
function reference(pattern: string, value: string): boolean {
  const [head, ...rest] = pattern;
  const tail = rest.join("");
  if (head === undefined) return value === "";
  if (head === "*") return reference(tail, value) || (value !== "" && reference(pattern, value.slice(1)));
  return value !== "" && (head === "?" || head === value[0]) && reference(tail, value.slice(1));
}

// Few letters, and those that mean something to a regular expression, so that patterns often fit.
const pattern = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "?", "\\"), maxLength: 8 });
const value = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "\\"), maxLength: 8 });

test("a wildcard pattern fits exactly what its meaning says", () => {
  fc.assert(fc.property(pattern, value, (p, v) => globMatches(p, v) === reference(p, v)));
});

test("a pattern of many stars is decided at once", () => {
  const started = performance.now();
  expect(globMatches(`${"*a".repeat(40)}b`, "a".repeat(2000))).toBe(false);
  expect(performance.now() - started).toBeLessThan(1000);
});

test.each([
  ["arn:aws:events:eu-west-1:1:rule/*", "arn:aws:events:eu-west-1:1:rule/x", true],
  ["arn:aws:events:*:rule/x", "arn:aws:events:eu-west-1:1:rule/x", false],
  ["arn:aws:events:*:*:rule/x", "arn:aws:events:eu-west-1:1:rule/x", true],
  ["arn:aws:logs:*:1:log-group:*", "arn:aws:logs:eu-west-1:1:log-group:a:b", true],
  ["arn:aws:*:eu-west-1:1:x", "arn:aws:sqs:us-east-1:1:x", false],
])("ArnLike %s %s: %s", (wanted, given, fits) => {
  expect(arnMatches(wanted, given)).toBe(fits);
});
