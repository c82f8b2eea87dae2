import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { largestBody, largestLog, limits } from "../../lib/core/limits.ts";

const docs = readFileSync(join(import.meta.dirname, "../../docs/limits.md"), "utf8");
const rows = docs.split("\n").filter((line) => /^\| .* \| \d+ \| \d+ \|$/.test(line));

test("docs/limits.md shows just the limits that there are", () => {
  const documented = Object.values(limits).map(
    ({ what, per, burst, perMinute }) => `| ${what} | ${per} | ${burst} | ${perMinute} |`,
  );
  expect(rows).toEqual(documented);
  expect(docs).toContain(`| a request's body | ${largestBody.request / 1024} KB |`);
  expect(docs).toContain(`| a report of a build | ${largestBody.report / 1024 / 1024} MB, 500 lines |`);
  expect(docs).toContain(`| a line of a log | ${largestLog.line / 1024} KB;`);
  const lines = largestLog.lines.toLocaleString("en-US");
  expect(docs).toContain(`| a build's log | ${largestLog.bytes / 1024 / 1024} MB or ${lines} lines;`);
});
