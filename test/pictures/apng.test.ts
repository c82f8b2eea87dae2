import { globSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import { animated, chunksOf } from "./apng.ts";

/** A PNG of one grey pixel, its data in as many chunks as asked for. */
function pixel(grey: number, width = 1, parts = 1): Buffer {
  const header = Buffer.from([0, 0, 0, width, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
  const data = deflateSync(Buffer.from([0, ...Array<number>(width).fill(grey)]));
  const size = Math.ceil(data.length / parts);
  const split = Array.from({ length: parts }, (_, index) => data.subarray(index * size, (index + 1) * size));
  const chunk = (type: string, content: Buffer): Buffer => {
    const bytes = Buffer.concat([Buffer.from(type), content]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(content.length);
    sum.writeUInt32BE(crc32(bytes));
    return Buffer.concat([length, bytes, sum]);
  };
  const all = [chunk("IHDR", header), ...split.map((part) => chunk("IDAT", part)), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), ...all]);
}

test("frames follow each other in one file, the first as the picture itself, and are numbered without gaps", () => {
  const chunks = chunksOf(
    animated([
      { png: pixel(10), ms: 400 },
      { png: pixel(20, 1, 2), ms: 65_535 },
    ]),
  );
  expect(chunks.map(({ type }) => type)).toEqual(["IHDR", "acTL", "fcTL", "IDAT", "fcTL", "fdAT", "fdAT", "IEND"]);
  expect(chunks[1]?.data.readUInt32BE(0)).toBe(2);
  const numbered = chunks.filter(({ type }) => type === "fcTL" || type === "fdAT");
  expect(numbered.map(({ data }) => data.readUInt32BE(0))).toEqual([0, 1, 2, 3]);
  const delays = chunks.filter(({ type }) => type === "fcTL").map(({ data }) => data.readUInt16BE(20));
  expect(delays).toEqual([400, 65_535]);
  const [, second] = [pixel(10), pixel(20)].map((png) => chunksOf(png).find(({ type }) => type === "IDAT")?.data);
  expect(Buffer.concat(chunks.filter(({ type }) => type === "fdAT").map(({ data }) => data.subarray(4)))).toEqual(
    second,
  );
});

test("frames of another size are refused, and so is what is no picture", () => {
  const frames = [pixel(1), pixel(1, 2)].map((png) => ({ png, ms: 1 }));
  expect(() => animated(frames)).toThrow("Frame 2 has another size");
  expect(() => animated([])).toThrow("There is no frame.");
  expect(() => animated([{ png: Buffer.from("GIF89a"), ms: 1 }])).toThrow("This is no PNG.");
});

test("the pictures of the documentation stay small", () => {
  const root = resolve(import.meta.dirname, "../..");
  const sizes = globSync("docs/images/*", { cwd: root }).map((path) => statSync(resolve(root, path)).size);
  expect(sizes.length).toBeGreaterThan(0);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_500_000);
});
