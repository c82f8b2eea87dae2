import type { Deployment } from "../deployment/deployment.ts";
import type { LogPage, NumberedLine } from "../log/log.ts";
import type { Deployments, LogStore } from "../ports/deployments.ts";
import type { Connection, PumpMark } from "../sockets/connection.ts";
import type { Frame } from "./frame.ts";
import { finalFrames, lineFrames, snapshotFrames, statusFrames } from "./frames.ts";
import { pooled } from "./pool.ts";
import { isDue, isEnding } from "./reach.ts";
import { end, type SendDeps, send } from "./send.ts";

/** Dependencies of the pump. */
export interface PumpDeps extends SendDeps {
  readonly deployments: Deployments;
  readonly log: LogStore;
}

/** Lines read at once. */
const pageLines = 1000;
/** Frames sent to one viewer in one go: whoever needs more is served further in later goes, so that nobody waits for them. */
const largestShare = 250;
/** Lines replayed at once to a viewer who takes them in batches. */
const replayLines = 2000;

/**
 * Brings all viewers of a deployment up to date. Level-triggered: it does not matter what woke it or how often. One
 * runs at a time for a deployment, because all that wakes it comes in the order of one stream. A crash between sending
 * and marking repeats lines; it loses and reorders none. A viewer who cannot be reached is left out until it is due.
 */
export async function pump(deps: PumpDeps, deploymentId: number): Promise<void> {
  let page: LogPage;
  do {
    const row = await deps.deployments.get(deploymentId);
    if (row === null) return;
    const mark = await deps.connections.mark(deploymentId);
    const connections = await dueConnections(deps, deploymentId);
    // Read after the row: if the row has ended, this is all there will be.
    page = await deps.log.read(deploymentId, mark.cursor, pageLines);
    const advanced = await flush(deps, row, mark, page, connections);
    await pooled(waiting(connections), (connection) => replay(deps, row, advanced, connection));
  } while (page.more);
}

/** Those to be written to now. Those that are only to be closed are closed. */
async function dueConnections(deps: PumpDeps, id: number): Promise<readonly Connection[]> {
  const due = (await deps.connections.list(id)).filter((connection) => isDue(connection, deps.now()));
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
  await pooled(connections.filter(hasSnapshot), async (connection) => {
    if (!connection.live) return send(deps, row.id, connection, [...before, ...after], connection.after);
    const lines = lineFrames(linesAfter(page.lines, connection.after), connection.batch);
    const isLong = lines.length > largestShare;
    if (isLong) return letFallBehind(deps, row.id, connection, [...before, ...after], mark.cursor);
    await send(deps, row.id, connection, [...before, ...lines, ...after, ...last], mark.cursor);
  });
  await deps.connections.advance(row.id, advanced);
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

/** Somebody who named a cursor ahead of the mark has those lines already. */
const linesAfter = (lines: readonly NumberedLine[], after: number): readonly NumberedLine[] =>
  lines.filter((line) => line.cursor > after);

/** Sends a newcomer the snapshot and replays what lies before the mark; then it is live. A long replay goes on when the pump is woken again. */
async function replay(deps: PumpDeps, row: Deployment, mark: PumpMark, connection: Connection): Promise<void> {
  const read = await deps.log.read(row.id, connection.after, connection.batch ? replayLines : largestShare);
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
