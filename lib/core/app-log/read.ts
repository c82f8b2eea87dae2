import type { AppLogEvent, AppLogRange, AppLogs, Tail } from "../ports/app-logs.ts";
import { type AppLogCursor, advance, latestMs, precedes, raised, readBefore, startingAt, streamKey } from "./cursor.ts";
import { continuationMarker } from "./long-line.ts";
import { sourceOf } from "./stream.ts";

/** What somebody asks of an app's log. Times are milliseconds since the epoch. */
export interface AppLogQuery {
  readonly app_id: number;
  readonly process: string | null;
  readonly release: number | null;
  readonly task: string | null;
  /** What the log service looks for; `""`: every line. */
  readonly text: string;
  /** Whether a line is looked for, in the form in which it is shown: what nobody is shown nobody finds. */
  readonly matches: (event: AppLogEvent) => boolean;
  /** Nothing before. */
  readonly since: number;
  /** Nothing after; `null`: no end. */
  readonly until: number | null;
  readonly limit: number;
}

/** A line with the place behind it. */
export interface PlacedEvent {
  readonly event: AppLogEvent;
  readonly cursor: AppLogCursor;
}

export interface AppLogRead {
  /** Oldest first, but for those that came late. */
  readonly lines: readonly PlacedEvent[];
  /** Where to go on. */
  readonly next: AppLogCursor;
  /** All that was there was read. */
  readonly complete: boolean;
}

/** Requests that one poll makes to the log service at most. */
const mostPages = 5;
/** Lines that are so late are found by every poll, later ones by a deep one. */
const shallowMs = 20_000;
const deepEveryMs = 30_000;

function rangeOf(query: AppLogQuery, from: number, to: number | null, token: string | null): AppLogRange {
  return { app_id: query.app_id, from: Math.max(0, from), to, prefix: prefixOf(query), text: query.text, token };
}

function prefixOf({ process, release }: AppLogQuery): string {
  if (process === null) return "";
  return release === null ? `${process}/` : `${process}/${release}/`;
}

/** Whether a line is asked for, wherever somebody is with reading. */
function isAskedFor({ process, release, task, matches, since, until }: AppLogQuery, event: AppLogEvent): boolean {
  const source = sourceOf(event.stream);
  return (
    event.at >= since &&
    (until === null || event.at <= until) &&
    (process === null || source.process === process) &&
    (release === null || source.deployment_id === release) &&
    (task === null || source.task === task) &&
    matches(event)
  );
}

/** From when on lines are read again that may not have been there. */
function startOf(cursor: AppLogCursor, now: number): number {
  const isDeepDue = now - cursor.deep >= deepEveryMs;
  return isDeepDue ? cursor.floor : Math.max(cursor.floor, cursor.polled - shallowMs);
}

/** The lines after a cursor, each once, however late they arrive. */
export async function readAfter(
  logs: AppLogs,
  query: AppLogQuery,
  cursor: AppLogCursor,
  now: number,
): Promise<AppLogRead> {
  const start = cursor.token?.[0] ?? startOf(cursor, now);
  const first = await readRange(logs, query, cursor, { from: start, token: cursor.token?.[1] ?? null });
  const isWhole = !skips(cursor, first.fresh, start);
  const seen = isWhole ? first : await readRange(logs, query, cursor, { from: cursor.floor, token: null });
  const lines = placed(cursor, seen.fresh.slice(0, query.limit));
  const complete = seen.token === null && seen.fresh.length <= query.limit;
  const reached = { ...(lines.at(-1)?.cursor ?? cursor), line: null };
  const settled = now - latestMs;
  if (complete) {
    const deep = seen.from <= cursor.floor ? now : cursor.deep;
    const polled = Math.max(cursor.polled, now);
    return { lines, complete, next: { ...raised(reached, settled), polled, deep, token: null } };
  }
  const newest = lines.at(-1)?.event.at;
  if (newest !== undefined)
    return { lines, complete, next: { ...raised(reached, Math.min(settled, newest)), token: null } };
  // So much of it was read before that a poll does not get past it: what is later than that is given up.
  if (seen.last !== undefined) return { lines, complete, next: { ...raised(reached, seen.last.at), token: null } };
  return { lines, complete, next: { ...reached, token: seen.token === null ? null : [seen.from, seen.token] } };
}

/** What was not read of a range, as far as one poll gets. */
async function readRange(
  logs: AppLogs,
  query: AppLogQuery,
  cursor: AppLogCursor,
  { from, token: begin }: { readonly from: number; readonly token: string | null },
) {
  const wasRead = readBefore(cursor);
  const marked = continuationMarker();
  const fresh: AppLogEvent[] = [];
  let token = begin;
  let last: AppLogEvent | undefined;
  for (let pages = 0; pages < mostPages && fresh.length <= query.limit; pages++) {
    const page = await logs.read(rangeOf(query, from, query.until, token));
    fresh.push(...marked(page.events).filter((event) => isAskedFor(query, event) && !wasRead(event)));
    last = page.events.at(-1) ?? last;
    token = page.token;
    if (token === null) break;
  }
  return { fresh, token, last, from };
}

/** Whether earlier lines of a stream than those that were found may have arrived together with them, before the range. */
const skips = (cursor: AppLogCursor, fresh: readonly AppLogEvent[], from: number): boolean =>
  from > cursor.floor &&
  fresh.some(({ stream }) => (cursor.streams.get(streamKey(stream))?.[0] ?? cursor.floor) < from);

/** What of a shared poll was not read; `null`: the reader is behind it, or has to read further back. */
export function readTail(query: AppLogQuery, cursor: AppLogCursor, tail: Tail, now: number): AppLogRead | null {
  if (cursor.token !== null || startOf(cursor, now) < tail.from) return null;
  const wasRead = readBefore(cursor);
  const fresh = continuationMarker()(tail.events).filter((event) => isAskedFor(query, event) && !wasRead(event));
  if (skips(cursor, fresh, tail.from)) return null;
  const lines = placed(cursor, fresh.slice(0, query.limit));
  const complete = fresh.length <= query.limit;
  const polled = complete ? Math.max(cursor.polled, tail.polled_at) : cursor.polled;
  return { lines, complete, next: { ...(lines.at(-1)?.cursor ?? cursor), line: null, polled } };
}

/** What a shared poll asks for: all lines of the last moments. */
export const tailRange = (appId: number, now: number): AppLogRange => ({
  app_id: appId,
  from: now - 2 * shallowMs,
  to: null,
  prefix: "",
  text: "",
  token: null,
});

function placed(cursor: AppLogCursor, events: readonly AppLogEvent[]): PlacedEvent[] {
  let reached = cursor;
  return events.map((event) => {
    reached = advance(reached, event);
    return { event, cursor: reached };
  });
}

/** How far back the first read goes, and how many times further each next one. */
const firstSpanMs = 10_000;
const spanFactor = 6;
const mostReads = 12;

/**
 * The last lines before a cursor, or with `null` of all, oldest first: they are read from further and further back.
 * `isFirst`: nothing is asked for before them.
 */
export async function readLast(
  logs: AppLogs,
  query: AppLogQuery,
  before: AppLogCursor | null,
  now: number,
): Promise<AppLogRead & { readonly isFirst: boolean }> {
  const isEarlier = before === null ? () => true : precedes(before);
  let to = before?.line?.[1] ?? query.until;
  let from = (to ?? now) + 1;
  let span = firstSpanMs;
  let found: AppLogEvent[] = [];
  for (let reads = 0; reads < mostReads && from > query.since && found.length < query.limit; reads++) {
    const start = Math.max(query.since, from - span);
    const part = await readWhole(logs, query, start, to);
    if (part === null && span > 1) {
      // Too dense to be read to its end at once.
      span = Math.max(1, Math.floor(span / spanFactor));
      continue;
    }
    found = [...(part ?? []).filter((event) => isAskedFor(query, event) && isEarlier(event)), ...found];
    [from, to, span] = [start, start - 1, span * spanFactor];
  }
  const shown = found.slice(-query.limit);
  const left = found.slice(0, found.length - shown.length);
  const lines = placed(cursorBefore(shown[0], left, from), shown);
  const reached = { ...(lines.at(-1)?.cursor ?? startingAt(from)), line: null };
  const next = before === null ? { ...raised(reached, now - latestMs), polled: Math.max(from, now) } : reached;
  return { lines, complete: true, next, isFirst: from <= query.since && left.length === 0 };
}

/** All lines of a range; `null`: they are too many. */
async function readWhole(
  logs: AppLogs,
  query: AppLogQuery,
  from: number,
  to: number | null,
): Promise<AppLogEvent[] | null> {
  const events: AppLogEvent[] = [];
  let token: string | null = null;
  for (let pages = 0; pages < mostPages; pages++) {
    const page = await logs.read(rangeOf(query, from, to, token));
    events.push(...page.events);
    token = page.token;
    if (token === null) return continuationMarker()(events);
  }
  return null;
}

/** Lines that are left out because others are younger must not come as late ones. */
function cursorBefore(first: AppLogEvent | undefined, left: readonly AppLogEvent[], from: number): AppLogCursor {
  if (first === undefined) return startingAt(from);
  return left.filter(({ at }) => at === first.at).reduce(advance, startingAt(first.at));
}
