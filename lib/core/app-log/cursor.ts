import * as z from "zod";
import type { AppLogEvent } from "../ports/app-logs.ts";

/**
 * How far somebody has read an app's log: a position for each stream, since a line may arrive late, after younger ones of
 * other streams. A stream's own lines keep their order. Times are milliseconds since the epoch.
 */
export interface AppLogCursor {
  /** Lines before this time were read, or are not to be read. */
  readonly floor: number;
  /** Until when all was read that had arrived. */
  readonly polled: number;
  /** When all since `floor` was read again for late lines. */
  readonly deep: number;
  /** By the key of a stream: the time of its last line that was read, and how many of that very time were. */
  readonly streams: ReadonlyMap<string, readonly [at: number, count: number]>;
  /** The stream and the time of the line behind which it stands; `null`: it is no line's. */
  readonly line: readonly [key: string, at: number] | null;
  /** Where a page ended in which nothing was found. */
  readonly token: readonly [from: number, token: string] | null;
}

/** Lines that arrive later than this are not waited for. */
export const latestMs = 10 * 60_000;

/** A short name of a stream, since a page has a thousand cursors: two runs of FNV-1a. */
export function streamKey(stream: string): string {
  const run = (seed: number): string => {
    let hash = seed;
    for (let at = 0; at < stream.length; at++) hash = Math.imul(hash ^ stream.charCodeAt(at), 0x01000193);
    return (hash >>> 0).toString(36);
  };
  return run(0x811c9dc5) + run(0x9747b28c);
}

/** Reads lines from a time on. */
export const startingAt = (from: number): AppLogCursor => ({
  floor: from,
  polled: from,
  deep: 0,
  streams: new Map(),
  line: null,
  token: null,
});

/** The cursor behind one more line. */
export function advance(cursor: AppLogCursor, { stream, at }: AppLogEvent): AppLogCursor {
  const key = streamKey(stream);
  const known = cursor.streams.get(key);
  const count = known?.[0] === at ? known[1] + 1 : 1;
  return { ...cursor, streams: new Map(cursor.streams).set(key, [at, count]), line: [key, at], token: null };
}

/** Tells which lines of a range, asked for in their order, were read before. */
export function readBefore(cursor: AppLogCursor): (event: AppLogEvent) => boolean {
  const isBehind = standsBefore(cursor.streams);
  return (event) => event.at < cursor.floor || (isBehind(event) ?? false);
}

/** Tells which lines of a range, asked for in their order, come before the line whose cursor it is. */
export function precedes({ streams, line }: AppLogCursor): (event: AppLogEvent) => boolean {
  const own = line === null ? undefined : streams.get(line[0]);
  const before = new Map(streams);
  if (line !== null && own !== undefined) before.set(line[0], [own[0], own[1] - 1]);
  const isBehind = standsBefore(before);
  return (event) => isBehind(event) ?? event.at < (line?.[1] ?? 0);
}

/** `undefined`: the stream has no position. */
function standsBefore(streams: AppLogCursor["streams"]): (event: AppLogEvent) => boolean | undefined {
  const counted = new Map<string, number>();
  return ({ stream, at }) => {
    const key = streamKey(stream);
    const known = streams.get(key);
    if (known === undefined) return undefined;
    if (at !== known[0]) return at < known[0];
    const count = (counted.get(key) ?? 0) + 1;
    counted.set(key, count);
    return count <= known[1];
  };
}

/** Raises the floor, and forgets the streams below it. */
export function raised(cursor: AppLogCursor, floor: number): AppLogCursor {
  if (floor <= cursor.floor) return cursor;
  return { ...cursor, floor, streams: new Map([...cursor.streams].filter(([, [at]]) => at >= floor)) };
}

const time = z.number().int().min(0).max(1e14);
const key = z.string().max(16);
const wireSchema = z.tuple([
  z.literal(1),
  time,
  time,
  time,
  z.array(z.tuple([key, time, z.number().int().min(0)])).max(2000),
  z.tuple([key, time]).nullable(),
  z.tuple([time, z.string().max(2000)]).nullable(),
]);

/** As text for an address. */
export function encodeCursor({ floor, polled, deep, streams, line, token }: AppLogCursor): string {
  const places = [...streams].map(([name, [at, count]]) => [name, at, count]);
  const text = JSON.stringify([1, floor, polled, deep, places, line, token]);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** `null`: it is none. */
export function decodeCursor(text: string): AppLogCursor | null {
  try {
    const wire = wireSchema.parse(JSON.parse(atob(text.replaceAll("-", "+").replaceAll("_", "/"))));
    const [, floor, polled, deep, places, line, token] = wire;
    return {
      floor,
      polled,
      deep,
      streams: new Map(places.map(([name, at, count]) => [name, [at, count]])),
      line,
      token,
    };
  } catch {
    return null;
  }
}
