import { describe, expect, test } from "@jest/globals";
import { inlineText, plainText } from "@slipway/text/inert";
import fc from "fast-check";
import { colouredText } from "slipway/terminal/text";
import { fitted, padded, widthOf, wrapped } from "slipway/terminal/width";

const esc = "\u001b";
/** All that a terminal could obey: any control character but tab and newline. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: what begins a colour is one.
const colour = /\u001b\[[0-9;:]*m/g;

describe("a line of a build on a terminal", () => {
  test("keeps its colours, which end with the line", () => {
    expect(colouredText(`${esc}[1;32mgreen\nplain`)).toBe(`${esc}[1;32mgreen${esc}[0m\nplain${esc}[0m`);
    expect(colouredText(`${esc}[31mred\n`)).toBe(`${esc}[31mred${esc}[0m\n`);
    expect(colouredText("no colour\n")).toBe("no colour\n");
  });

  test.each([
    ["clears the screen", `${esc}[2J`],
    ["moves the cursor", `${esc}[10;10H`],
    ["sets the title", `${esc}]0;mine\u0007`],
    ["writes the clipboard", `${esc}]52;c;cm0gLXJm${esc}\\`],
    ["writes the clipboard, in eight bits", "\u009d52;c;cm0gLXJm\u009c"],
    ["begins a string and never ends it", `${esc}]0;mine`],
    ["asks who the terminal is", `${esc}[c`],
    ["changes the keyboard", `${esc}[>4;2m`],
    ["resets the terminal", `${esc}c`],
    ["goes back to the beginning of the line", "\r"],
    ["turns the direction of writing", "\u202e"],
  ])("and %s: that it does not", (_what, sequence) => {
    expect(colouredText(`before${sequence}`)).toBe("before");
    expect(plainText(`before${sequence}`)).toBe("before");
  });

  test("can do nothing but colour, whatever it is made of", () => {
    const parts = fc.constantFrom(
      esc,
      "[",
      "]",
      "52;c;",
      "0",
      ";",
      "m",
      "H",
      "\u0007",
      "\\",
      "\u009b",
      "\u009d",
      "P",
      "x",
      "\n",
      "(",
      "\u0018",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(parts, fc.string({ unit: "binary-ascii" })), { maxLength: 30 }), (pieces) => {
        const text = pieces.join("");
        expect(plainText(text)).not.toMatch(control);
        expect(colouredText(text).replace(colour, "")).not.toMatch(control);
      }),
    );
  });

  test("is one line where it stands in one", () => {
    expect(inlineText(` a\tb\r\n\n${esc}[31mc `)).toBe("a b c");
  });
});

describe("the width of a text", () => {
  test("counts columns, and not characters", () => {
    expect([widthOf("abc"), widthOf("你好"), widthOf("🚀"), widthOf(`${esc}[31mred${esc}[0m`)]).toEqual([3, 4, 2, 3]);
    expect([padded("你", 4), padded("7", 3, "right"), padded("long", 2)]).toEqual(["你  ", "  7", "long"]);
  });

  test("is what it is cut to, with a mark", () => {
    expect([fitted("abcdef", 4), fitted("你好世界", 5), fitted("abc", 3), fitted("abc", 0)]).toEqual([
      "abc…",
      "你好…",
      "abc",
      "",
    ]);
  });

  test("never exceeds what is there, whatever the text is made of", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 30 }), (text, columns) => {
        expect(widthOf(fitted(inlineText(text), columns))).toBeLessThanOrEqual(columns);
      }),
    );
  });

  test("breaks lines between words, and indents those that follow", () => {
    expect(wrapped("one two three four", 9, 2)).toBe("one two\n  three\n  four");
    expect(wrapped("averyveryverylongword b", 5)).toBe("averyveryverylongword\nb");
  });
});

test("a text that is broken into lines keeps its own indentation in each", () => {
  expect(wrapped("  one two three", 9)).toBe("  one two\n  three");
  expect(wrapped("  - one two three", 11, 2)).toBe("  - one two\n    three");
});
