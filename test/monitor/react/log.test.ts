import { describe, expect, test } from "@jest/globals";
import type { LogLine } from "@slipway/monitor/client";
import fc from "fast-check";
import { segmentsOf } from "../../../packages/monitor/src/react/log/ansi.ts";
import { highlighted } from "../../../packages/monitor/src/react/log/highlight.ts";
import { logText, plainText } from "../../../packages/monitor/src/react/log/plain-text.ts";
import { matchFrom, nothingFound, search, startsIn } from "../../../packages/monitor/src/react/log/search.ts";
import { selectedText } from "../../../packages/monitor/src/react/log/selection.ts";
import { noWidth, widthOf } from "../../../packages/monitor/src/react/log/width.ts";

const esc = "\u001b";
let cursor = 0;
const lineOf = (text: string): LogLine => ({
  line: `${text}\n`,
  stream: "stdout",
  timestamp: "2026-01-02T03:04:05.678Z",
  cursor: ++cursor,
});
const textOf = (line: LogLine): string =>
  segmentsOf(line)
    .map(({ text }) => text)
    .join("");

/** What programs print: words, colours that begin and end anywhere, cut sequences, tabs, carriage returns, other scripts. */
const printed = fc
  .array(
    fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 6 }).filter((text) => !text.includes("\n")),
      fc.constantFrom("error", "Error", "npm", "\t", "\r", "[m", "m", ";", "日本語", "🚢"),
      fc.array(fc.integer({ min: 0, max: 110 }), { maxLength: 4 }).map((codes) => `${esc}[${codes.join(";")}m`),
      fc.constantFrom(
        `${esc}[2K`,
        `${esc}[1A`,
        `${esc}]0;title\u0007`,
        `${esc}[38;5;208m`,
        `${esc}[38;2;1;2;3m`,
        `${esc}[`,
        esc,
      ),
    ),
    { maxLength: 10 },
  )
  .map((parts) => lineOf(parts.join("")));
const logs = fc.array(printed, { maxLength: 20 });

describe("colours", () => {
  test("take nothing from a line's text and add nothing to it", () => {
    fc.assert(fc.property(printed, (line) => expect(textOf(line)).toBe(plainText(line))));
  });

  test("what a terminal would not print is not shown", () => {
    fc.assert(
      // biome-ignore lint/suspicious/noControlCharactersInRegex: it is about control characters
      fc.property(printed, (line) => expect(plainText(line)).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f]/)),
    );
    expect(plainText(lineOf(`${esc}]8;;https://example.com\u0007a link${esc}]8;;\u0007`))).toBe("a link");
    expect(plainText(lineOf(`50 %\r${esc}[2K100 %`))).toBe("50 %100 %");
  });

  test("the sixteen are the theme's, bright or not, by name or by number", () => {
    const classOf = (sequence: string) => segmentsOf(lineOf(`${esc}[${sequence}mtext`))[0]?.className;
    for (const sequence of ["31", "91", "38;5;1", "38;5;9"]) expect(classOf(sequence)).toBe("sw:text-ansi-red");
    expect(classOf("42")).toBe("sw:bg-ansi-green/15");
    expect(classOf("1;33")).toBe("sw:font-bold sw:text-ansi-yellow");
    expect(classOf("7;34")).toBe("sw:text-log sw:bg-ansi-blue");
    expect(classOf("2")).toBe("sw:text-muted");
  });

  test("others keep their hue", () => {
    const [segment] = segmentsOf(lineOf(`${esc}[38;2;255;128;0mtext`));
    expect(segment?.color).toContain("#ff8000");
    expect(segmentsOf(lineOf(`${esc}[38;5;208mtext`))[0]?.color).toContain("#ff8700");
  });

  test("end where they end, and at the line's end", () => {
    const pieces = segmentsOf(lineOf(`a ${esc}[31mred${esc}[m one${esc}[32m`));
    expect(pieces.map(({ text, className }) => [text, className])).toEqual([
      ["a ", ""],
      ["red", "sw:text-ansi-red"],
      [" one", ""],
    ]);
    expect(segmentsOf(lineOf("the next"))[0]?.className).toBe("");
  });
});

describe("the search", () => {
  const query = fc.constantFrom("e", "error", "ERR", "npm", "[m", ";", "日本", "(", "\\", "🚢", ".");

  test("finds what is there without regard to case, and nothing else", () => {
    fc.assert(
      fc.property(printed, query, (line, query) => {
        const text = plainText(line);
        const starts = startsIn(text, query);
        for (const start of starts) {
          expect(text.slice(start, start + query.length).toLowerCase()).toBe(query.toLowerCase());
        }
        expect(starts.length > 0).toBe(text.toLowerCase().includes(query.toLowerCase()));
      }),
    );
  });

  test("of a log that grows is the search of the whole log", () => {
    fc.assert(
      fc.property(logs, logs, query, (before, after, query) => {
        const lines = [...before, ...after];
        const grown = search(lines, query, search(before, query, nothingFound));
        expect(grown.matches).toEqual(search(lines, query, nothingFound).matches);
      }),
    );
  });

  test("begins at the first match in view, and else at the first of all", () => {
    fc.assert(
      fc.property(logs, query, fc.nat(25), (lines, query, line) => {
        const { matches } = search(lines, query, nothingFound);
        const expected = matches.findIndex(({ index }) => index >= line);
        expect(matchFrom(matches, line)).toBe(expected === -1 ? 0 : expected);
      }),
    );
  });

  test("marks exactly the matches, whatever colours run through them", () => {
    fc.assert(
      fc.property(printed, query, (line, query) => {
        const text = plainText(line);
        const starts = startsIn(text, query);
        const pieces = highlighted(segmentsOf(line), starts, query.length);
        expect(pieces.map((piece) => piece.text).join("")).toBe(text);
        for (const start of starts) {
          const marked = pieces.filter(({ match }) => match === start).map((piece) => piece.text);
          expect(marked.join("")).toBe(text.slice(start, start + query.length));
        }
        for (const piece of pieces) expect(text.startsWith(piece.text, piece.start)).toBe(true);
      }),
    );
  });
});

describe("a selection", () => {
  test("is the text between its ends, in whichever direction it was made", () => {
    fc.assert(
      fc.property(fc.array(printed, { minLength: 1, maxLength: 20 }), fc.nat(), fc.nat(), (lines, one, other) => {
        const whole = logText(lines);
        const [from, to] = [one % (whole.length + 1), other % (whole.length + 1)].sort((a, b) => a - b);
        const [anchor, focus] = [pointIn(lines, from ?? 0), pointIn(lines, to ?? 0)];
        expect(selectedText(lines, { anchor, focus })).toBe(whole.slice(from, to));
        expect(selectedText(lines, { anchor: focus, focus: anchor })).toBe(whole.slice(from, to));
      }),
    );
  });

  test("to beyond the last line is the log", () => {
    fc.assert(
      fc.property(logs, (lines) => {
        const end = { index: Math.max(0, lines.length - 1), offset: Number.MAX_SAFE_INTEGER };
        expect(selectedText(lines, { anchor: { index: 0, offset: 0 }, focus: end })).toBe(logText(lines));
      }),
    );
  });

  /** The place of a character of the whole text. */
  function pointIn(lines: readonly LogLine[], at: number): { index: number; offset: number } {
    let rest = at;
    for (const [index, line] of lines.entries()) {
      const { length } = plainText(line);
      if (rest <= length) return { index, offset: rest };
      rest -= length + 1;
    }
    throw new Error("There is no such character.");
  }
});

test("the width of a log that grows is the width of the whole log", () => {
  fc.assert(
    fc.property(logs, logs, (before, after) => {
      const lines = [...before, ...after];
      expect(widthOf(lines, widthOf(before, noWidth)).columns).toBe(widthOf(lines, noWidth).columns);
    }),
  );
});
