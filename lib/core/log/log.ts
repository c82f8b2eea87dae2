import * as z from "zod";
import { plusSeconds } from "../time.ts";

/**
 * A deployment's log: one append-only list of chunks. Each chunk carries the whole head of the log, so the last one says
 * what may follow. Two writers cannot both append after the same head, because a chunk's key is its first cursor and is
 * put only where none is. So lines are exact and in order without a lock.
 */
export const logLineSchema = z.object({
  /** Ends in exactly one `\n`. */
  line: z.string(),
  timestamp: z.string(),
  stream: z.enum(["stdout", "stderr", "system"]),
});
export type LogLine = z.infer<typeof logLineSchema>;

/** A line as readers get it. */
export const numberedLineSchema = z
  .object({
    line: logLineSchema.shape.line.describe("Ends in exactly one `\\n`."),
    timestamp: logLineSchema.shape.timestamp,
    stream: logLineSchema.shape.stream,
    cursor: z.number().int().positive().describe("Strictly increasing, with gaps."),
  })
  .meta({ id: "LogLine", description: "One line of a deployment's log." });
export type NumberedLine = z.infer<typeof numberedLineSchema>;

export const logHeadSchema = z.object({
  /** The cursor of the last line; 0 before the first. */
  cursor: z.number().int().min(0),
  /** The first cursor of the next chunk. Runs ahead of `cursor` by chunks without lines. */
  next: z.number().int().positive(),
  /** For each writer the number of its last line stored. */
  written: z.record(z.string(), z.number().int()),
  /** How much text it holds, in bytes. */
  bytes: z.number().int().default(0),
  /** Writers from whom nothing is accepted any more. */
  closed: z.array(z.string()),
  sealed: z.boolean(),
});
export type LogHead = z.infer<typeof logHeadSchema>;

/** A chunk as stored: the head after it, and its lines with the cursors `first` to `first + lines.length - 1`. */
export interface LogChunk {
  readonly first: number;
  readonly lines: readonly LogLine[];
  readonly head: LogHead;
}

export const emptyLog: LogHead = { cursor: 0, next: 1, written: {}, bytes: 0, closed: [], sealed: false };

/** Chunks expire so long after they were stored, the sealing one last: a log goes from its beginning. */
export const logKeptDays = 90;
const logKeptSeconds = logKeptDays * 24 * 3600;

/** What whoever reads an expired log gets instead of it. */
export const logExpired = `The log was deleted after ${logKeptDays} days.`;

/**
 * Whether the log of a deployment is gone, or may go at any moment: DynamoDB deletes what has expired within days.
 * `now` is a timestamp.
 */
export const hasLogExpired = (
  { log_complete, finished_at }: { readonly log_complete: boolean; readonly finished_at: string | null },
  now: string,
): boolean => log_complete && finished_at !== null && plusSeconds(finished_at, logKeptSeconds) <= now;

export type Append =
  | { readonly outcome: "append"; readonly chunk: LogChunk }
  /** All of it is stored already. */
  | { readonly outcome: "known"; readonly next: number }
  /** Lines before these are missing: the writer sends again from `next`. */
  | { readonly outcome: "gap"; readonly next: number }
  /** The log takes nothing more from this writer. */
  | { readonly outcome: "closed" };

/** A line as its writer numbered it: one line of the log, or those that it was split into. */
export type WrittenLine = LogLine | readonly LogLine[];

/** What appending `lines`, numbered by their writer from `first` on, does to a log. Lines stored before are skipped. */
export function append(head: LogHead, writer: string, first: number, lines: readonly WrittenLine[]): Append {
  const next = (head.written[writer] ?? 0) + 1;
  const unknown = lines.slice(Math.max(0, next - first));
  const fresh = unknown.flat();
  if (unknown.length === 0) return { outcome: "known", next };
  if (head.sealed || head.closed.includes(writer)) return { outcome: "closed" };
  if (first > next) return { outcome: "gap", next };
  const cursor = head.next + fresh.length - 1;
  const written = { ...head.written, [writer]: next + unknown.length - 1 };
  const bytes = head.bytes + fresh.reduce((sum, { line }) => sum + textBytes(line), 0);
  return {
    outcome: "append",
    chunk: { first: head.next, lines: fresh, head: { ...head, cursor, next: cursor + 1, written, bytes } },
  };
}

const encoder = new TextEncoder();
/** How long a text is in UTF-8. */
export const textBytes = (text: string): number => encoder.encode(text).length;

/** The chunk without lines after which a writer is refused; `null` if it is refused already. */
export function close(head: LogHead, writer: string): LogChunk | null {
  if (head.sealed || head.closed.includes(writer)) return null;
  return { first: head.next, lines: [], head: { ...head, next: head.next + 1, closed: [...head.closed, writer] } };
}

/** The chunk without lines after which nothing follows; `null` if nothing follows already. */
export function sealLog(head: LogHead): LogChunk | null {
  return head.sealed ? null : { first: head.next, lines: [], head: { ...head, next: head.next + 1, sealed: true } };
}

/** A part of a log as it is read. */
export interface LogPage {
  readonly lines: readonly NumberedLine[];
  /** The cursor to go on from: of the last line, or the one asked with. */
  readonly next: number;
  /** More is stored already. */
  readonly more: boolean;
  /** The end of a sealed log was reached: nothing follows `next`. */
  readonly complete: boolean;
}
