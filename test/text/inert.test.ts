import { describe, expect, test } from "@jest/globals";
import { colouredText, inlineText, pieces, plainText } from "@slipway/text/inert";
import fc from "fast-check";

const esc = "\u001b";
/** Whatever a terminal, a browser or a reader's eye could be led astray by. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
const astray = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what begins a colour is one.
const colour = /\u001b\[[0-9;:]*m/g;

const soup = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        esc,
        "[",
        "]",
        "8;;",
        "0",
        "m",
        "\u0007",
        "\\",
        "\u009b",
        "\u009d",
        "\n",
        "\u202e",
        "\u200d",
        "\ud800",
        "x",
        "🚢",
      ),
      fc.string({ unit: "binary", maxLength: 4 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(""));

describe("text from elsewhere", () => {
  test("can only be read, whatever it is made of", () => {
    fc.assert(
      fc.property(soup, (text) => {
        expect(plainText(text)).not.toMatch(astray);
        expect(colouredText(text).replace(colour, "")).not.toMatch(astray);
        expect(colouredText(text).replace(colour, "")).toBe(plainText(text));
        expect(inlineText(text)).not.toMatch(/[\t\n]/);
        expect(plainText(text).isWellFormed()).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  test("is the same when it was made so before", () => {
    fc.assert(
      fc.property(soup, (text) => {
        expect(plainText(plainText(text))).toBe(plainText(text));
        expect(colouredText(colouredText(text))).toBe(colouredText(text));
      }),
    );
  });

  test("a joiner beside a sequence joins nothing, with colours and without", () => {
    const text = `\u3400${esc}\u200d\u{20000}`;
    expect([plainText(text), colouredText(text)]).toEqual(["\u3400\u{20000}", "\u3400\u{20000}"]);
  });

  test.each([
    ["a link of a terminal", `${esc}]8;;https://evil.example${esc}\\click${esc}]8;;${esc}\\`, "click"],
    ["a string that never ends, up to the end of its line", `a${esc}]0;title\nb`, "a\nb"],
    ["the direction of writing", "user\u202etxt.exe\u2066\u2069\u200f\u061c", "usertxt.exe"],
    ["what has no width", "pay\u200bpal\u2060\ufeff\u00ad\u{e0041}", "paypal"],
    ["what is kept for more of what nobody sees", "pay\u2065pal\ufff0\u{e0fff}", "paypal"],
    ["letters without a shape", "pay\u115f\u3164\u034f\u17b4pal", "paypal"],
    ["lines that only Unicode has", "a\u2028b\u2029c", "abc"],
    ["half a character", "a\ud800b", "a\ufffdb"],
  ])("loses %s", (_what, text, expected) => expect(plainText(text)).toBe(expected));

  test.each(["👩‍💻 and 🏳️‍🌈", "می‌خواهم", "क्‍ष", "naïve 你好 🚢\ttab\nline", "[31m is no colour"])(
    "keeps what writing needs: %s",
    (text) => expect(plainText(text)).toBe(text),
  );

  test("a joiner that joins nothing goes", () => expect(plainText("ad\u200dmin \u200c 🚢\u200d")).toBe("admin  🚢"));

  test("its pieces are what is seen, each at its place", () => {
    fc.assert(
      fc.property(soup, (text) => {
        for (const piece of pieces(text)) expect(text.slice(piece.at, piece.at + piece.text.length)).toBe(piece.text);
      }),
    );
    expect(pieces(`a${esc}[31mb\rc`)).toEqual([
      { text: "a", at: 0 },
      { text: "b", at: 6 },
      { text: "c", at: 8 },
    ]);
  });
});
