import { crc32 } from "node:zlib";

export interface Frame {
  /** A PNG file. */
  readonly png: Buffer;
  /** How long it is shown, in milliseconds; at most 65,535. */
  readonly ms: number;
}

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

const signature = Buffer.from("89504e470d0a1a0a", "hex");

/**
 * One PNG that shows all frames in turn, again and again. The frames' own compressed data is taken as it is, so they must
 * agree in size and colour type, as pictures of one browser do. Throws if they do not, or if there is none.
 * Source: https://www.w3.org/TR/png-3/#apng-frame-based-animation
 */
export function animated(frames: readonly Frame[]): Buffer {
  const read = frames.map(({ png, ms }) => ({ chunks: chunksOf(png), ms }));
  const header = read[0]?.chunks.find(({ type }) => type === "IHDR");
  if (header === undefined) throw new Error("There is no frame.");
  const chunks: Chunk[] = [header, { type: "acTL", data: numbers(frames.length, 0) }];
  let sequence = 0;
  for (const [index, { chunks: own, ms }] of read.entries()) {
    if (!own.some(({ type, data }) => type === "IHDR" && data.equals(header.data)))
      throw new Error(`Frame ${index + 1} has another size or colour type than the first.`);
    chunks.push({ type: "fcTL", data: frameControl(sequence++, header.data, ms) });
    for (const { type, data } of own) {
      if (type !== "IDAT") continue;
      // The first frame is the picture itself, for readers that know no animations.
      chunks.push(index === 0 ? { type, data } : { type: "fdAT", data: Buffer.concat([numbers(sequence++), data]) });
    }
  }
  chunks.push({ type: "IEND", data: Buffer.alloc(0) });
  return Buffer.concat([signature, ...chunks.map(written)]);
}

/** Of a PNG, in order. Throws if the file is none. */
export function chunksOf(png: Buffer): readonly Chunk[] {
  if (!png.subarray(0, 8).equals(signature)) throw new Error("This is no PNG.");
  const chunks: Chunk[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    chunks.push({ type: png.toString("latin1", at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  return chunks;
}

/** The whole picture, shown for that long, in the place of the one before. */
function frameControl(sequence: number, header: Buffer, ms: number): Buffer {
  const delay = Buffer.alloc(6);
  delay.writeUInt16BE(ms, 0);
  delay.writeUInt16BE(1000, 2);
  return Buffer.concat([numbers(sequence), header.subarray(0, 8), numbers(0, 0), delay]);
}

function written({ type, data }: Chunk): Buffer {
  const content = Buffer.concat([Buffer.from(type, "latin1"), data]);
  return Buffer.concat([numbers(data.length), content, numbers(crc32(content))]);
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}
