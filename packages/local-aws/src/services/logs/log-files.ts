import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";

interface LogLine {
  readonly stream: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly message: string;
  /** Where it lies: unique within its group. */
  readonly id: string;
}

/** Which lines are read. Times are milliseconds since the epoch, and inclusive. */
interface LogSearch {
  readonly from: number;
  readonly to: number;
  readonly isWanted: (stream: string) => boolean;
  /** Only lines that have this in them; `""`: all. */
  readonly text: string;
  readonly limit: number;
  /** What `LogPage.next` said; `null`: from the start. */
  readonly after: string | null;
}

interface LogPage {
  readonly lines: readonly LogLine[];
  /** Where to go on; `null`: there is no more. */
  readonly next: string | null;
}

/** Log groups on disk, each as a directory of segments: files of lines `<time> <stream> <message>`, oldest first. */
export interface LogFiles {
  /** `timestamp`: of all of them. They are for nobody if the disk takes only a part. */
  append(group: string, stream: string, timestamp: number, messages: readonly string[]): void;
  read(group: string, search: LogSearch): Promise<LogPage>;
  exists(group: string): boolean;
  /** The groups that there are, by name, each with when it was made, in milliseconds since the epoch. */
  list(): readonly { readonly group: string; readonly madeAt: number }[];
  /** `false`: there is one of that name. */
  create(group: string): boolean;
  /** Lines are deleted some time after so many milliseconds; `null`: when the group takes too much room. */
  keepFor(group: string, milliseconds: number | null): void;
  /** `false`: there is none of that name. */
  remove(group: string): boolean;
}

export interface LogFilesOptions {
  readonly directory: string;
  /** What a group may take on disk, roughly: its oldest segments go first. */
  readonly maxBytes: number;
  /** How large a segment becomes. */
  readonly segmentBytes: number;
  readonly now: () => number;
}

/** Of an answer of CloudWatch Logs. */
const PAGE_BYTES = 1024 * 1024;
/** What one request looks through, so that others get their turn. */
const LOOKED_THROUGH_BYTES = 64 * 1024 * 1024;
const NEWLINE = 10;
const SPACE = 32;

/** A file `<number>-<time of its first line>.log`. */
interface Segment {
  readonly number: number;
  readonly first: number;
  readonly name: string;
}

interface Group {
  readonly directory: string;
  /** The one that is written to; a new one is begun after each start, so that a line that a crash cut short stays alone. */
  current: { readonly segment: Segment; bytes: number; last: number } | undefined;
}

const encoded = (name: string): string =>
  name.replace(/[^A-Za-z0-9_-]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);

const decoded = (name: string): string =>
  name.replace(/%([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

function segmentsIn(directory: string): Segment[] {
  const found = readdirSync(directory).flatMap((name) => {
    const [, number, first] = /^(\d+)-(\d+)\.log$/.exec(name) ?? [];
    return number === undefined ? [] : [{ number: Number(number), first: Number(first), name }];
  });
  return found.sort((a, b) => a.number - b.number);
}

export function openLogFiles({ directory, maxBytes, segmentBytes, now }: LogFilesOptions): LogFiles {
  const groups = new Map<string, Group>();
  const groupOf = (name: string): Group => {
    const known = groups.get(name) ?? { directory: join(directory, encoded(name)), current: undefined };
    groups.set(name, known);
    return known;
  };
  const retentionFile = (group: Group): string => join(group.directory, "retention");
  const retentionOf = (group: Group): number | null => {
    if (!existsSync(retentionFile(group))) return null;
    return Number(readFileSync(retentionFile(group), "utf8"));
  };

  /** Deletes what is too old or too much. What is written to stays. */
  const tidy = (group: Group): void => {
    const keptMs = retentionOf(group);
    const segments = segmentsIn(group.directory);
    let bytes = 0;
    for (const [index, segment] of [...segments.entries()].reverse()) {
      const file = join(group.directory, segment.name);
      bytes += statSync(file).size;
      const next = segments[index + 1];
      if (next === undefined) continue;
      if (bytes > maxBytes || (keptMs !== null && next.first < now() - keptMs)) rmSync(file);
    }
  };

  const begin = (group: Group, first: number): NonNullable<Group["current"]> => {
    mkdirSync(group.directory, { recursive: true });
    tidy(group);
    const number = (segmentsIn(group.directory).at(-1)?.number ?? 0) + 1;
    const segment = { number, first, name: `${String(number).padStart(8, "0")}-${first}.log` };
    group.current = { segment, bytes: 0, last: first };
    return group.current;
  };

  return {
    append: (name, stream, timestamp, messages) => {
      const group = groupOf(name);
      const last = group.current;
      const isOver = last === undefined || last.bytes >= segmentBytes || timestamp < last.last;
      const current = isOver ? begin(group, timestamp) : last;
      const before = `${timestamp} ${stream} `;
      const text = `${before}${messages.join(`\n${before}`)}\n`;
      // If this fails, what follows begins a segment of its own.
      group.current = undefined;
      appendFileSync(join(group.directory, current.segment.name), text);
      group.current = { ...current, bytes: current.bytes + Buffer.byteLength(text), last: timestamp };
    },

    read: async (name, search) => {
      const { directory: place } = groupOf(name);
      if (!existsSync(place)) return { lines: [], next: null };
      const keptMs = retentionOf(groupOf(name));
      const from = Math.max(search.from, keptMs === null ? 0 : now() - keptMs);
      const [afterNumber, afterOffset] = (search.after ?? "0/0").split("/").map(Number);
      const segments = segmentsIn(place);
      const lines: LogLine[] = [];
      let [bytes, lookedThrough] = [0, 0];
      for (const [index, segment] of segments.entries()) {
        const next = segments[index + 1];
        if (segment.number < (afterNumber ?? 0) || segment.first > search.to) continue;
        // Unless the clock was set back, it ends where the next one begins.
        if (next !== undefined && next.first >= segment.first && next.first < from) continue;
        const begins = segment.number === afterNumber ? (afterOffset ?? 0) : 0;
        const content = await contentOf(join(place, segment.name));
        if (content === null) continue;
        for (const found of linesIn(content, begins, { ...search, from })) {
          if (lines.length === search.limit || bytes > PAGE_BYTES)
            return { lines, next: `${segment.number}/${found.offset}` };
          bytes += found.message.length;
          lines.push({ ...found, id: `${segment.number}/${found.offset}` });
        }
        lookedThrough += content.length;
        if (lookedThrough > LOOKED_THROUGH_BYTES && next !== undefined) return { lines, next: `${next.number}/0` };
      }
      return { lines, next: null };
    },

    list: () => {
      const names = existsSync(directory) ? readdirSync(directory) : [];
      const madeAt = (name: string): number => Math.floor(statSync(join(directory, name)).birthtimeMs);
      const listed = names.map((name) => ({ group: decoded(name), madeAt: madeAt(name) }));
      return listed.toSorted((one, other) => (one.group < other.group ? -1 : 1));
    },
    exists: (name) => existsSync(groupOf(name).directory),

    create: (name) => {
      const { directory: place } = groupOf(name);
      if (existsSync(place)) return false;
      mkdirSync(place, { recursive: true });
      return true;
    },

    keepFor: (name, milliseconds) => {
      const group = groupOf(name);
      if (milliseconds === null) return rmSync(retentionFile(group), { force: true });
      const written = `${retentionFile(group)}.new`;
      rmSync(written, { force: true });
      appendFileSync(written, String(milliseconds));
      renameSync(written, retentionFile(group));
    },

    remove: (name) => {
      const { directory: place } = groupOf(name);
      groups.delete(name);
      const existed = existsSync(place);
      rmSync(place, { recursive: true, force: true });
      return existed;
    },
  };
}

/** `null`: it was deleted meanwhile. */
async function contentOf(file: string): Promise<Buffer | null> {
  try {
    await using handle = await open(file);
    return await handle.readFile();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

type Found = Omit<LogLine, "id"> & { readonly offset: number };

/** The lines of a segment from an offset on; its times never fall. */
function* linesIn(
  content: Buffer,
  begins: number,
  { from, to, isWanted, text }: Pick<LogSearch, "from" | "to" | "isWanted" | "text">,
): Generator<Found> {
  let at = Math.max(begins, offsetOf(content, from));
  for (;;) {
    if (text !== "") {
      const hit = content.indexOf(text, at);
      if (hit < 0) return;
      at = Math.max(at, content.lastIndexOf(NEWLINE, hit) + 1);
    }
    const end = content.indexOf(NEWLINE, at);
    // What was not written to its end is nobody's.
    if (end < 0) return;
    const line = lineAt(content, at, end);
    if (line !== null && line.timestamp > to) return;
    if (line !== null && line.timestamp >= from && isWanted(line.stream) && line.message.includes(text)) yield line;
    at = end + 1;
  }
}

function lineAt(content: Buffer, at: number, end: number): Found | null {
  const first = content.indexOf(SPACE, at);
  const second = content.indexOf(SPACE, first + 1);
  if (first < 0 || second < 0 || second > end) return null;
  const timestamp = Number(content.toString("latin1", at, first));
  if (!Number.isInteger(timestamp)) return null;
  return {
    timestamp,
    stream: content.toString("utf8", first + 1, second),
    message: content.toString("utf8", second + 1, end),
    offset: at,
  };
}

/** Where the first line lies that is not before a time, or a little before that. */
function offsetOf(content: Buffer, from: number): number {
  let [low, high] = [0, content.length];
  while (high - low > 4096) {
    const middle = content.indexOf(NEWLINE, (low + high) >> 1) + 1;
    if (middle === 0 || middle >= high) break;
    const end = content.indexOf(SPACE, middle);
    const timestamp = Number(content.toString("latin1", middle, end < 0 ? middle : end));
    if (end < 0 || timestamp >= from) high = middle;
    else low = middle;
  }
  return low;
}
