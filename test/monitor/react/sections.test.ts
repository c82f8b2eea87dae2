// Which lines of a log are shown while steps are folded or only errors are asked for, and what is shared of them.
import { describe, expect, test } from "@jest/globals";
import type { LogLine } from "@slipway/monitor/client";
import fc from "fast-check";
import { between, hashOf, rangeIn } from "../../../packages/monitor/src/react/log/range.ts";
import {
  noSections,
  rowOf,
  sectionsOf,
  shownLines,
  unfiltered,
} from "../../../packages/monitor/src/react/log/sections.ts";
import { numberedText } from "../../../packages/monitor/src/react/log/selected-lines.tsx";

let cursor = 0;
const lineOf = (text: string, stream: LogLine["stream"] = "stdout"): LogLine => ({
  line: `${text}\n`,
  stream,
  timestamp: "2026-01-02T03:04:05.678Z",
  cursor: ++cursor,
});

const build = [
  lineOf("Cloning", "system"),
  lineOf("Step 1/2 : FROM node:24"),
  lineOf("CACHED", "system"),
  lineOf("Step 2/2 : RUN npm ci"),
  lineOf("npm error code E404", "stderr"),
  lineOf("npm error 404 Not Found", "stderr"),
  lineOf("Exporting the image", "system"),
  lineOf("a line after it"),
];

describe("sections", () => {
  test("a step reaches to the next one, or to what Slipway says", () => {
    const { steps, errors } = sectionsOf(build, noSections);
    expect(steps).toEqual([
      { start: 1, end: 3 },
      { start: 3, end: 6 },
    ]);
    expect(errors).toEqual([4, 5]);
  });

  test("are the same when a log came in parts", () => {
    for (let cut = 0; cut <= build.length; cut++) {
      const first = sectionsOf(build.slice(0, cut), noSections);
      expect(sectionsOf(build, first)).toEqual(sectionsOf(build, noSections));
    }
  });

  test("a folded step keeps its first line", () => {
    const sections = sectionsOf(build, noSections);
    expect(shownLines(sections, unfiltered)).toBeNull();
    expect(shownLines(sections, { isErrorsOnly: false, folded: new Set([3]) })).toEqual([0, 1, 2, 3, 6, 7]);
    expect(shownLines(sections, { isErrorsOnly: false, folded: new Set([1, 3]) })).toEqual([0, 1, 3, 6, 7]);
    expect(shownLines(sections, { isErrorsOnly: true, folded: new Set([1]) })).toEqual([4, 5]);
  });

  test("every shown line is found at its row, and no hidden one is", () => {
    const shown = fc.uniqueArray(fc.nat(200)).map((lines) => lines.sort((a, b) => a - b));
    fc.assert(
      fc.property(shown, fc.nat(200), (lines, line) => {
        const at = lines.indexOf(line);
        expect(rowOf(lines, line)).toBe(at === -1 ? null : at);
      }),
    );
  });
});

describe("a range of lines", () => {
  test("is read back from the link that names it, whichever end was chosen first", () => {
    const line = fc.integer({ min: 1, max: 999_999_999 });
    fc.assert(
      fc.property(line, line, (one, other) => {
        const range = between(one, other);
        expect(rangeIn(hashOf(range.from, range.to))).toEqual(range);
      }),
    );
    expect(rangeIn("#L0")).toBeNull();
    expect(rangeIn("#log")).toBeNull();
  });

  test("is shared as text with the numbers of its lines", () => {
    expect(numberedText(build, { from: 5, to: 6 })).toBe("5  npm error code E404\n6  npm error 404 Not Found");
  });
});
