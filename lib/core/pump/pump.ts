import type { Deployment } from "../deployment/deployment.ts";
import type { LogPage, NumberedLine } from "../log/log.ts";
import type { LogStore } from "../ports/deployments.ts";
import type { WatchedDeployments } from "../ports/sockets.ts";
import type { Connection, PumpMark } from "../sockets/connection.ts";
import type { Frame } from "./frame.ts";
import { finalFrames, type LineFrame, lineFrames, snapshotFrames, statusFrames } from "./frames.ts";
import { pooled } from "./pool.ts";
import { isDue, isEnding } from "./reach.ts";
import { encodedOnce, end, type SendDeps, send } from "./send.ts";

/** Dependencies of the pump. */
export interface PumpDeps extends SendDeps {
  readonly watched: WatchedDeployments;
  readonly log: Pick<LogStore, "read">;
}

/** Lines read at once. */
const pageLines = 1000;
/** Frames sent to one viewer in one go: whoever needs more is served further in later goes, so that nobody waits for them. */
const largestShare = 250;
/** Lines replayed at once to a viewer who takes them in batches. */
const replayLines = 2000;

/** Messages sent in one go to all who take lines one by one: with many of them, some lines at a time. */
const largestRound = 4_000;
/** A deployment that takes longer goes on when the pump is woken again, so that the viewers of others do not wait for it. */
const longestMs = 1_000;

/**
 * Brings all viewers of a deployment up to date. Level-triggered: it does not matter what woke it or how often. One
 * runs at a time for a deployment, because all that wakes it comes in the order of one stream. A crash between sending
 * and marking repeats lines; it loses and reorders none. A viewer who cannot be reached is left out until it is due.
 */
export async function pump(given: PumpDeps, deploymentId: number): Promise<void> {
  const deps = { ...given, encode: encodedOnce(given.encode) };
  const begun = deps.elapsedMs();
  for (;;) {
    const watched = await deps.watched.read(deploymentId, pageLines);
    if (watched === null) return;
    const { row, mark } = watched;
    const connections = await dueConnections(deps, deploymentId, watched.connections);
    const page = roundOf(watched.page, connections);
    const advanced = await flush(deps, row, mark, page, connections);
    await pooled(waiting(connections), (connection) => replay(deps, row, advanced, connection));
    if (!page.more) return;
    if (deps.elapsedMs() - begun > longestMs && (await wokenBy(deps, deploymentId, connections))) return;
  }
}

/** Whether the pump is woken again, by the row of somebody who is still there. */
async function wokenBy({ connections: rows }: PumpDeps, id: number, connections: readonly Connection[]) {
  for (const { connection_id } of connections) if (await rows.wake(id, connection_id)) return true;
  return false;
}

/** As much of a page as is sent in one go. */
function roundOf(page: LogPage, connections: readonly Connection[]): LogPage {
  const single = connections.filter(({ live, batch }) => live && !batch).length;
  const most = Math.max(1, Math.floor(largestRound / Math.max(1, single)));
  if (page.lines.length <= most) return page;
  const lines = page.lines.slice(0, most);
  return { lines, next: lines.at(-1)?.cursor ?? page.next, more: true, complete: false };
}

/** Those to be written to now. Those that are only to be closed are closed. */
async function dueConnections(
  deps: PumpDeps,
  id: number,
  connections: readonly Connection[],
): Promise<readonly Connection[]> {
  const now = deps.now();
  const due = connections.filter((connection) => isDue(connection, now));
  await pooled(due.filter(isEnding), (connection) => end(deps, id, connection));
  return due.filter((connection) => !isEnding(connection));
}

/** Who still has to catch up. Those that failed before come last: they may take long. */
const waiting = (connections: readonly Connection[]): Connection[] =>
  connections.filter(({ live }) => !live).sort((one, other) => one.failures - other.failures);

/** Sends live viewers what is new since the mark, those in a long replay the stages of it, and moves the mark. */
async function flush(
  deps: PumpDeps,
  row: Deployment,
  mark: PumpMark,
  page: LogPage,
  connections: readonly Connection[],
): Promise<PumpMark> {
  const { before, after, mark: next } = statusFrames(row, mark, deps.now());
  const ends = row.finished_at !== null && !page.more && !mark.ended;
  const advanced: PumpMark = {
    ...next,
    cursor: page.next,
    ended: mark.ended || ends,
    timeline: ends ? row.timeline.length : next.timeline,
  };
  if (JSON.stringify(advanced) === JSON.stringify(mark)) return mark;
  const last = ends ? finalFrames(row) : [];
  const linesFor = sharedLines(page.lines);
  await pooled(connections.filter(hasSnapshot), async (connection) => {
    if (!connection.live) return send(deps, row.id, connection, [...before, ...after], connection.after);
    const lines = linesFor(connection);
    const isLong = lines.length > largestShare;
    if (isLong) return letFallBehind(deps, row.id, connection, [...before, ...after], mark.cursor);
    await send(deps, row.id, connection, [...before, ...lines, ...after, ...last], mark.cursor);
  });
  // Where nobody is, nobody can be sent a status twice.
  const isNeeded = connections.length > 0 || advanced.cursor !== mark.cursor;
  if (isNeeded) await deps.connections.advance(row.id, advanced);
  return advanced;
}

/** Whoever has had no snapshot yet gets all of this in it. */
const hasSnapshot = (connection: Connection): boolean => connection.live || connection.snapshot_sent;

/** Sends the stages now and leaves the lines, and the end, to the replay. */
async function letFallBehind(
  deps: PumpDeps,
  id: number,
  connection: Connection,
  statusFrames: readonly Frame[],
  cursor: number,
): Promise<void> {
  if (!(await send(deps, id, connection, statusFrames, cursor))) return;
  const after = Math.max(connection.after, cursor);
  await deps.connections.update(id, { ...connection, after, live: false, snapshot_sent: true }, true);
}

/** The frames of lines that a viewer lacks: made once for all who lack the same. */
function sharedLines(lines: readonly NumberedLine[]): (connection: Connection) => readonly LineFrame[] {
  const made = new Map<string, readonly LineFrame[]>();
  const first = lines[0]?.cursor ?? 0;
  return ({ after, batch }) => {
    // Somebody who named a cursor ahead of the mark has those lines already.
    const from = after < first ? 0 : after;
    const key = `${batch} ${from}`;
    const known = made.get(key) ?? lineFrames(from === 0 ? lines : linesAfter(lines, from), batch);
    made.set(key, known);
    return known;
  };
}

const linesAfter = (lines: readonly NumberedLine[], after: number): readonly NumberedLine[] =>
  lines.filter((line) => line.cursor > after);

const nothingRead = { lines: [], more: false } as const;

/** Sends a newcomer the snapshot and replays what lies before the mark; then it is live. A long replay goes on when the pump is woken again. */
async function replay(deps: PumpDeps, row: Deployment, mark: PumpMark, connection: Connection): Promise<void> {
  const isBehind = connection.after < mark.cursor;
  const read = isBehind
    ? await deps.log.read(row.id, connection.after, connection.batch ? replayLines : largestShare)
    : nothingRead;
  const lines = read.lines.filter((line) => line.cursor <= mark.cursor);
  const reached = lines.length < read.lines.length || !read.more;
  const after = Math.max(connection.after, lines.at(-1)?.cursor ?? 0);
  const frames = [
    ...(connection.snapshot_sent ? [] : snapshotFrames(row, deps.now())),
    ...lineFrames(lines, connection.batch),
    ...(reached && mark.ended ? finalFrames(row) : []),
  ];
  const sent = await send(deps, row.id, connection, frames, connection.after);
  if (!sent) return;
  const reachable = { ...connection, failures: 0, retry_at: null };
  await deps.connections.update(row.id, { ...reachable, after, snapshot_sent: true, live: reached }, !reached);
}
