import { describe, expect, test } from "@jest/globals";
import { colouredText } from "@slipway/text/inert";
import { splitLong } from "@slipway/text/split";
import fc from "fast-check";
import { inPieces, lineAssembler, type Piece } from "../../lib/build/reporter/text.ts";

function piecesOf(chunks: readonly Uint8Array[], longest: number, around: number): Piece[] {
  const assembler = lineAssembler({ longest, around });
  return [...chunks.flatMap((chunk) => assembler.push(chunk)), ...assembler.end()];
}

const assemble = (chunks: readonly Uint8Array[], longest = 1000): string[] =>
  piecesOf(chunks, longest, 0).map(({ text }) => text);

function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...cuts.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((to, index) => bytes.subarray(places[index], to));
}

const awkward = fc
  .array(
    fc.oneof(
      fc.constantFrom("\r", "\n", "\r\n", "é", "🚢", "\u001b[31m"),
      fc.string({ unit: "binary", maxLength: 12 }),
    ),
  )
  .map((parts) => Buffer.from(parts.join("")));
const cuts = fc.array(fc.nat(), { maxLength: 20 });

describe("a line assembler", () => {
  test("yields the same lines however the bytes are cut", () => {
    fc.assert(
      fc.property(fc.oneof(awkward, fc.uint8Array({ maxLength: 200 })), cuts, (bytes, at) => {
        expect(piecesOf(cut(bytes, at), 1000, 100)).toEqual(piecesOf([bytes], 1000, 100));
      }),
    );
  });

  test("passes along what stands around each piece of a long line", () => {
    const text = fc.stringMatching(/^[a-z]{1,200}$/);
    fc.assert(
      fc.property(
        text,
        cuts,
        fc.integer({ min: 2, max: 40 }),
        fc.integer({ min: 0, max: 30 }),
        (line, at, longest, around) => {
          for (const pieces of [
            piecesOf(cut(Buffer.from(line), at), longest, around),
            inPieces(line, { longest, around }),
          ]) {
            expect(pieces.map(({ text }) => text).join("")).toBe(line);
            let passed = 0;
            for (const { text, before = "", after = "" } of pieces) {
              expect(before).toBe(line.slice(Math.max(0, passed - around), passed));
              passed += text.length;
              expect(after).toBe(line.slice(passed, passed + around));
              expect(text.length).toBeLessThanOrEqual(longest);
            }
          }
        },
      ),
    );
  });

  test("reports what was written over, and keeps none of it", () => {
    expect(piecesOf([Buffer.from("tok_ABC\rDEF\n")], 1000, 100)).toEqual([{ text: "DEF", before: "tok_ABC" }]);
  });

  test("holds no more of a line that never ends than it says", () => {
    const held = lineAssembler({ longest: 1000, around: 100 });
    const bars = Array.from({ length: 5000 }, (_, n) => held.push(Buffer.from(`\r${n} %${"#".repeat(70)}`)));
    expect(bars.flat()).toEqual([]);
    const [last] = held.end();
    expect(last?.text).toBe(`4999 %${"#".repeat(70)}`);
    expect(last?.before).toHaveLength(100);
  });

  test("loses, repeats and reorders nothing", () => {
    const line = fc
      .string({ unit: "binary", maxLength: 30 })
      .map((text) => text.toWellFormed().replace(/[\r\n]/g, "."));
    fc.assert(
      fc.property(fc.array(line), cuts, (lines, at) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(""));
        expect(assemble(cut(bytes, at), 1000)).toEqual(lines);
      }),
    );
  });

  test.each([
    ["10%\r50%\r100%\n", ["100%"]],
    ["windows\r\n", ["windows"]],
    ["kept although nothing follows\r\r\n", ["kept although nothing follows"]],
    ["no end", ["no end"]],
    ["a\n\nb\n", ["a", "", "b"]],
  ])("reads %j as a terminal shows it at last", (text, expected) => {
    expect(assemble([Buffer.from(text)], 1000)).toEqual(expected);
  });

  test("replaces what is not UTF-8", () => {
    expect(assemble([Buffer.from([0x61, 0xff, 0x62, 0x0a])], 1000)).toEqual(["a\ufffdb"]);
  });

  test("cuts a line that never ends into pieces that make up the whole", () => {
    const text = "🚢".repeat(100);
    const pieces = assemble(cut(Buffer.from(text), [13, 77, 200]), 31);
    expect(pieces.join("")).toBe(text);
    expect(pieces.every((piece) => piece.isWellFormed() && piece.length <= 31)).toBe(true);
  });
});

test("a long text is split within the limit, never within a character, and nothing is lost", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), fc.integer({ min: 4, max: 50 }), (text, limit) => {
      const pieces = splitLong(text, limit);
      expect(pieces.join("")).toBe(text);
      for (const piece of pieces) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(limit);
    }),
  );
});

test.each([
  ["\u001b[1;31mred\u001b[0m\tand tab", "\u001b[1;31mred\u001b[0m\tand tab"],
  ["\u001b[2K\u001b[1Gprogress", "progress"],
  ["\u001b]0;title\u0007text", "text"],
  ["bell\u0007 null\u0000 c1\u0085", "bell null c1"],
])("keeps colours and tabs and removes what else is not text: %j", (text, expected) => {
  expect(colouredText(text)).toBe(expected);
});
