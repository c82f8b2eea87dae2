import type { Deployment } from "../deployment/deployment.ts";
import type { NumberedLine } from "../log/log.ts";
import type { Connection, Mark } from "../ports/connections.ts";
import type { Deployments } from "../ports/deployments.ts";
import type { LogPage, LogStore } from "../ports/log.ts";
import { farewell, greeting, lineFrames, news } from "./frames.ts";
import { pooled } from "./pool.ts";
import { isDue, isEnding } from "./reach.ts";
import { end, type SendWorld, send } from "./send.ts";

/** What the pump reaches. */
export interface PumpWorld extends SendWorld {
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
export async function pump(world: PumpWorld, deploymentId: number): Promise<void> {
  let page: LogPage;
  do {
    const row = await world.deployments.get(deploymentId);
    if (row === null) return;
    const mark = await world.connections.mark(deploymentId);
    const connections = await dueConnections(world, deploymentId);
    // Read after the row: if the row has ended, this is all there will be.
    page = await world.log.read(deploymentId, mark.cursor, pageLines);
    const advanced = await flush(world, row, mark, page, connections);
    await pooled(waiting(connections), (connection) => replay(world, row, advanced, connection));
  } while (page.more);
}

/** Those to be written to now. Those that are only to be closed are closed. */
async function dueConnections(world: PumpWorld, id: number): Promise<readonly Connection[]> {
  const due = (await world.connections.list(id)).filter((connection) => isDue(connection, world.now()));
  await pooled(due.filter(isEnding), (connection) => end(world, id, connection));
  return due.filter((connection) => !isEnding(connection));
}

/** Who still has to catch up. Those that failed before come last: they may take long. */
const waiting = (connections: readonly Connection[]): Connection[] =>
  connections.filter(({ live }) => !live).sort((one, other) => one.failures - other.failures);

/** Tells live viewers what is new since the mark, those in a long replay the stages of it, and moves the mark. */
async function flush(
  world: PumpWorld,
  row: Deployment,
  mark: Mark,
  page: LogPage,
  connections: readonly Connection[],
): Promise<Mark> {
  const { before, after, mark: told } = news(row, mark, world.now());
  const ends = row.finished_at !== null && !page.more && !mark.ended;
  const advanced: Mark = {
    ...told,
    cursor: page.next,
    ended: mark.ended || ends,
    timeline: ends ? row.timeline.length : told.timeline,
  };
  if (JSON.stringify(advanced) === JSON.stringify(mark)) return mark;
  const last = ends ? farewell(row) : [];
  await pooled(connections.filter(isGreeted), async (connection) => {
    if (!connection.live) return send(world, row.id, connection, [...before, ...after], connection.after);
    const lines = lineFrames(unseen(page.lines, connection.after), connection.batch);
    const isLong = lines.length > largestShare;
    if (isLong) return letFallBehind(world, row.id, connection, [...before, ...after], mark.cursor);
    await send(world, row.id, connection, [...before, ...lines, ...after, ...last], mark.cursor);
  });
  await world.connections.advance(row.id, advanced);
  return advanced;
}

/** Whoever has had no snapshot yet gets all of this in it. */
const isGreeted = (connection: Connection): boolean => connection.live || connection.greeted;

/** Tells the stages now and leaves the lines, and the end, to the replay. */
async function letFallBehind(
  world: PumpWorld,
  id: number,
  connection: Connection,
  news: readonly string[],
  cursor: number,
): Promise<void> {
  if (!(await send(world, id, connection, news, cursor))) return;
  const after = Math.max(connection.after, cursor);
  await world.connections.update(id, { ...connection, after, live: false, greeted: true }, true);
}

/** Somebody who named a cursor ahead of the mark has those lines already. */
const unseen = (lines: readonly NumberedLine[], after: number): readonly NumberedLine[] =>
  lines.filter((line) => line.cursor > after);

/** Greets a newcomer and replays what lies before the mark; then it is live. A long replay goes on when the pump is woken again. */
async function replay(world: PumpWorld, row: Deployment, mark: Mark, connection: Connection): Promise<void> {
  const read = await world.log.read(row.id, connection.after, connection.batch ? replayLines : largestShare);
  const lines = read.lines.filter((line) => line.cursor <= mark.cursor);
  const reached = lines.length < read.lines.length || !read.more;
  const after = Math.max(connection.after, lines.at(-1)?.cursor ?? 0);
  const frames = [
    ...(connection.greeted ? [] : greeting(row, world.now())),
    ...lineFrames(lines, connection.batch),
    ...(reached && mark.ended ? farewell(row) : []),
  ];
  const sent = await send(world, row.id, connection, frames, connection.after);
  if (!sent) return;
  const reachable = { ...connection, failures: 0, retry_at: null };
  await world.connections.update(row.id, { ...reachable, after, greeted: true, live: reached }, !reached);
}
