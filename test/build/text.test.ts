import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { lineAssembler, splitLong, withoutControls } from "../../lib/build/reporter/text.ts";

function assemble(chunks: readonly Uint8Array[], limit: number): string[] {
  const assembler = lineAssembler(limit);
  return [...chunks.flatMap((chunk) => assembler.push(chunk)), ...assembler.end()];
}

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
      fc.property(
        fc.oneof(awkward, fc.uint8Array({ maxLength: 200 })),
        cuts,
        fc.integer({ min: 4, max: 40 }),
        (bytes, at, limit) => {
          expect(assemble(cut(bytes, at), limit)).toEqual(assemble([bytes], limit));
        },
      ),
    );
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
    const pieces = assemble(cut(Buffer.from(text), [13, 77, 200]), 30);
    expect(pieces.join("")).toBe(text);
    expect(Math.max(...pieces.map((piece) => Buffer.byteLength(piece)))).toBeLessThanOrEqual(30);
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
  ["bell\u0007 null\u0000 c1\u009b", "bell null c1"],
])("keeps colours and tabs and removes what else is not text: %j", (text, expected) => {
  expect(withoutControls(text)).toBe(expected);
});
