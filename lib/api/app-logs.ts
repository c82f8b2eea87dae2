import { colouredText } from "@slipway/text/inert";
import { type StreamRedaction, streamRedaction } from "@slipway/text/redactor";
import type { ShownAppLogLine } from "../contract/answers/apps.ts";
import { readAppLogSchema, readRunLogSchema } from "../contract/requests.ts";
import { type App, processNames } from "../core/app.ts";
import { type AppLogCursor, decodeCursor, encodeCursor, startingAt } from "../core/app-log/cursor.ts";
import { cutOf } from "../core/app-log/long-line.ts";
import {
  type AppLogQuery,
  type AppLogRead,
  type PlacedEvent,
  readAfter,
  readLast,
  readTail,
  tailRange,
} from "../core/app-log/read.ts";
import { sourceOf } from "../core/app-log/stream.ts";
import type { AppLogs, Tail, Tails } from "../core/ports/app-logs.ts";
import type { Apps, Secrets } from "../core/ports/apps.ts";
import type { Runs } from "../core/ports/runs.ts";
import { taskIdOf } from "../core/run/run.ts";
import { toTimestamp } from "../core/time.ts";
import { readableApp } from "./apps.ts";
import { data } from "./deps.ts";
import { ApiError, noApp, unknownProcess } from "./errors.ts";
import { takeHold } from "./held.ts";
import { type LogsDeps, type Reader, requireAccess } from "./logs.ts";
import { parse } from "./parse.ts";
import { readableRun } from "./runs.ts";

/** What reading an app's log reaches. */
export interface AppLogsDeps extends LogsDeps {
  readonly apps: Pick<Apps, "get">;
  readonly runs: Pick<Runs, "get">;
  readonly appLogs: AppLogs;
  readonly tails: Tails;
  readonly secrets: Pick<Secrets, "values">;
}

/** How often a waiting request reads the shared poll, and how often one of them renews it. */
const readMs = 400;
const pollMs = 1500;
/** Who cannot share the poll asks by themselves at this pace. */
const ownPollMs = 2000;
/** After so much waiting the access of the reader is checked again. */
const checkMs = 2000;
const dayMs = 24 * 3600 * 1000;

/** The lines of an app's log after or before a cursor, or the last ones; with `wait` held until there are some. */
export async function readAppLog(
  deps: AppLogsDeps,
  reader: Reader,
  id: number,
  given: Readonly<Record<string, string>>,
) {
  const { principal } = reader;
  if (principal === null) throw new ApiError("unauthorized");
  const app = await readableApp(deps, { principal }, id);
  const asked = parse(readAppLogSchema, given);
  await requireProcess(deps, app, asked);
  const now = deps.nowMs();
  const kept = now - app.settings.log_retention_days * dayMs;
  const redaction = streamRedaction(await deps.secrets.values(id));
  const query: AppLogQuery = {
    app_id: id,
    process: asked.process ?? null,
    release: asked.release ?? null,
    task: asked.task ?? null,
    // Where the log service matched a part of a secret, an answer would tell by how far it got.
    text: redaction.mayBeWithin(asked.q) ? "" : asked.q,
    matches: (event) => asked.q === "" || redaction.alone(event.message, cutOf(event)).includes(asked.q),
    since: Math.max(kept, asked.since === undefined ? kept : Date.parse(asked.since)),
    until: asked.until === undefined ? null : Date.parse(asked.until),
    limit: asked.limit,
  };
  const { read, isFirst } = await pageOf(deps, { ...reader, principal }, query, {
    after: asked.after === undefined ? null : cursorOf(asked.after),
    before: asked.before === undefined ? null : cursorOf(asked.before),
    isFromSince: asked.since !== undefined,
    wait: asked.wait,
  });
  const shown = read.lines.map((line) => present(line, redaction)).filter(({ line }) => line.includes(asked.q));
  const [first] = read.lines;
  return data(shown, 200, {
    next_cursor: encodeCursor(read.next),
    previous_cursor: isFirst || first === undefined ? null : encodeCursor(first.cursor),
    complete: read.complete && query.until !== null && query.until < now,
    since: toTimestamp(query.since),
    until: query.until === null ? null : toTimestamp(query.until),
  }).body;
}

/** Refuses a process that neither the app nor its live release nor the release that is asked for has. */
async function requireProcess(
  { deployments }: Pick<AppLogsDeps, "deployments">,
  app: App,
  { process, release }: { readonly process?: string | undefined; readonly release?: number | undefined },
): Promise<void> {
  if (process === undefined || processNames(app.settings, app.live_settings).includes(process)) return;
  const asked = release === undefined ? null : await deployments.get(release);
  const settings = asked?.app_id === app.id ? asked.settings : null;
  const names = processNames(app.settings, app.live_settings, settings);
  if (!names.includes(process)) throw unknownProcess(process, names);
}

/** The lines of a run, from its start or after a cursor; with `wait` held until there are some, or it is over. */
export async function readRunLog(
  deps: AppLogsDeps,
  reader: Reader,
  id: number,
  given: Readonly<Record<string, string>>,
) {
  const { principal } = reader;
  if (principal === null) throw new ApiError("unauthorized");
  const { after, limit, wait } = parse(readRunLogSchema, given);
  const run = await readableRun(deps, { principal }, id);
  const query = (task: string): AppLogQuery => ({
    app_id: run.app_id,
    process: null,
    release: null,
    task,
    text: "",
    matches: () => true,
    since: Date.parse(run.created_at),
    until: null,
    limit,
  });
  const cursor = after === undefined ? startingAt(Date.parse(run.created_at)) : cursorOf(after);
  const isEnded = async () => {
    const now = await deps.runs.get(id);
    const ended = now?.finished_at ?? null;
    return ended !== null && deps.nowMs() - Date.parse(ended) >= lastLinesMs;
  };
  const begun = deps.elapsedMs();
  let task = taskIdOf(run);
  while (task === null && !(await isEnded()) && deps.elapsedMs() - begun < wait * 1000) {
    await deps.pause(readMs);
    task = taskIdOf((await deps.runs.get(id)) ?? run);
  }
  // What ended before the poll has no lines after it.
  const wasEnded = await isEnded();
  const left = Math.max(0, wait - (deps.elapsedMs() - begun) / 1000);
  const read =
    task === null
      ? { lines: [], next: cursor, complete: true }
      : await held(deps, { ...reader, principal }, query(task), { cursor, wait: left, isEnded });
  const redaction = streamRedaction(await deps.secrets.values(run.app_id));
  return data(
    read.lines.map((line) => present(line, redaction)),
    200,
    { next_cursor: encodeCursor(read.next), complete: wasEnded && read.complete && read.lines.length === 0 },
  ).body;
}

/** Lines of a task may arrive a moment after it stopped. */
const lastLinesMs = 2000;

function cursorOf(text: string): AppLogCursor {
  const cursor = decodeCursor(text);
  if (cursor !== null) return cursor;
  throw new ApiError("invalid_cursor", {
    sentence: "The cursor is none of an app's log: pass one as it was answered.",
  });
}

interface Place {
  readonly after: AppLogCursor | null;
  readonly before: AppLogCursor | null;
  /** Without a cursor it begins there, not with the last lines. */
  readonly isFromSince: boolean;
  /** In seconds. */
  readonly wait: number;
}

type KnownReader = Reader & { readonly principal: NonNullable<Reader["principal"]> };
type Page = { readonly read: AppLogRead; readonly isFirst: boolean };

async function pageOf(deps: AppLogsDeps, reader: KnownReader, query: AppLogQuery, place: Place): Promise<Page> {
  const { after, before, isFromSince, wait } = place;
  if (after === null && !isFromSince) {
    const read = await readLast(deps.appLogs, query, before, deps.nowMs());
    if (read.lines.length > 0 || before !== null || wait === 0) return { read, isFirst: read.isFirst };
    return { read: await held(deps, reader, query, { cursor: read.next, wait }), isFirst: true };
  }
  const cursor = after ?? startingAt(query.since);
  if (wait > 0) return { read: await held(deps, reader, query, { cursor, wait }), isFirst: false };
  return { read: await readAfter(deps.appLogs, query, cursor, deps.nowMs()), isFirst: after === null };
}

/** Polls until there are lines, or the time is over. Without a slot to wait in it polls once. */
async function held(
  deps: AppLogsDeps,
  reader: KnownReader,
  query: AppLogQuery,
  from: { readonly cursor: AppLogCursor; readonly wait: number; readonly isEnded?: () => Promise<boolean> },
): Promise<AppLogRead> {
  let polled = await pollOnce(deps, query, from.cursor);
  if (isOver(polled.read)) return polled.read;
  const slot = await takeHold(deps, reader.principal, "wait");
  if (slot === null) return polled.read;
  try {
    const begun = deps.elapsedMs();
    let checked = begun;
    while (!isOver(polled.read) && deps.elapsedMs() - begun < from.wait * 1000) {
      if (await from.isEnded?.()) return (await pollOnce(deps, query, polled.read.next)).read;
      await deps.pause(polled.isShared ? readMs : ownPollMs);
      if (deps.elapsedMs() - checked >= checkMs) {
        await requireAccess(deps, reader, { app_id: query.app_id, absent: noApp(query.app_id) });
        checked = deps.elapsedMs();
      }
      polled = await pollOnce(deps, query, polled.read.next);
    }
    return polled.read;
  } finally {
    await deps.slots.free(slot);
  }
}

const isOver = ({ lines, complete }: AppLogRead): boolean => lines.length > 0 || !complete;

/** By the poll that all share, unless this reader needs more than that has. */
async function pollOnce(deps: AppLogsDeps, query: AppLogQuery, cursor: AppLogCursor) {
  const now = deps.nowMs();
  const tail = await sharedTail(deps, query.app_id, now);
  const shared = tail === null ? null : readTail(query, cursor, tail, now);
  if (shared !== null) return { read: shared, isShared: true };
  return { read: await readAfter(deps.appLogs, query, cursor, now), isShared: tail !== null };
}

/** The newest lines of the app: those of the last poll, or of a new one if that is due. `null`: they cannot be shared. */
async function sharedTail({ tails, appLogs }: AppLogsDeps, appId: number, now: number): Promise<Tail | null> {
  const known = await tails.get(appId);
  if (known !== null && now - known.polled_at < pollMs) return known;
  if (!(await tails.claim(appId, now, now - pollMs))) return known;
  const range = tailRange(appId, now);
  const page = await appLogs.read(range);
  if (page.token !== null) return null;
  const tail: Tail = { polled_at: now, from: range.from, events: page.events };
  return (await tails.put(appId, tail)) ? tail : null;
}

function present({ event, cursor }: PlacedEvent, redaction: StreamRedaction): ShownAppLogLine {
  return {
    line: `${colouredText(redaction.next(event.stream, event.message, cutOf(event)))}\n`,
    timestamp: toTimestamp(event.at),
    // The log driver merges both.
    stream: null,
    ...sourceOf(event.stream),
    cursor: encodeCursor(cursor),
  };
}
