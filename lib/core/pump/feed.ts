import type { Deployment } from "../deployment/deployment.ts";
import type { Deployments } from "../ports/deployments.ts";
import type { Feeds } from "../ports/sockets.ts";
import type { Feed } from "../sockets/feed-socket.ts";
import { isConnecting, triedOnce } from "./handshake.ts";
import { pooled } from "./pool.ts";
import { causeOf, failed, hangUp, isDue, isEnding, postpone, type ReachDeps } from "./reach.ts";

/** Dependencies of the feed. */
export interface FeedDeps extends ReachDeps {
  readonly deployments: Pick<Deployments, "get">;
  readonly feeds: Feeds;
  /** The frame about a deployment as it is sent, with the time at which it is. */
  readonly encodeUpdate: (row: Deployment, timestamp: string) => string;
}

interface FeedUpdate {
  readonly id: number;
  readonly appId: number;
  readonly frame: string;
}

/** A reader whose socket seems gone is tried once more: each further try would be a post for nobody. */
const leastTries = 1;

/** More than this is read anew from the list, by a reader whose socket was closed. */
const mostMissed = 100;

/**
 * Notifies every socket of the feed of these deployments, each once, as far as its holder may read them. It does
 * not matter how often: a reader keeps the greatest version of each. A reader who cannot be reached is notified later, with
 * backoff, of all that they missed; at last their socket is closed, and they read the list when they are back.
 */
export async function notifyFeed(deps: FeedDeps, changed: ReadonlyMap<number, Deployment>): Promise<void> {
  const feeds = await deps.feeds.list();
  const due = feeds.filter((feed) => isDue(feed, deps.now()));
  const updates =
    feeds.length === 0 ? [] : await updatesOf(deps, changed, new Set(due.flatMap(({ missed }) => missed)));
  const fresh = updates.filter(({ id }) => changed.has(id));
  await pooled(feeds, (feed) => (due.includes(feed) ? serve(deps, feed, updates, changed) : keep(deps, feed, fresh)));
}

/** Of those that changed as the change left them, of those that were missed as they are now. */
async function updatesOf(
  deps: FeedDeps,
  changed: ReadonlyMap<number, Deployment>,
  missed: ReadonlySet<number>,
): Promise<readonly FeedUpdate[]> {
  const rows = [...changed.values()];
  for (const id of missed) {
    const row = changed.has(id) ? null : await deps.deployments.get(id);
    if (row !== null) rows.push(row);
  }
  return rows.map((row) => ({ id: row.id, appId: row.app_id, frame: deps.encodeUpdate(row, deps.now()) }));
}

const mayHear = (feed: Feed, appId: number): boolean => feed.apps === null || feed.apps.includes(appId);

/** For one who is not tried at the moment. */
async function keep(deps: FeedDeps, feed: Feed, updates: readonly FeedUpdate[]): Promise<void> {
  const ids = updates.filter(({ appId }) => mayHear(feed, appId)).map(({ id }) => id);
  if (ids.length > 0 && !isEnding(feed)) await deps.feeds.missed(feed.connection_id, ids, null);
}

async function serve(
  deps: FeedDeps,
  feed: Feed,
  updates: readonly FeedUpdate[],
  changed: ReadonlyMap<number, Deployment>,
): Promise<void> {
  if (isEnding(feed) || feed.missed.length > mostMissed) return end(deps, feed);
  const wanted = updates.filter(
    ({ id, appId }) => mayHear(feed, appId) && (changed.has(id) || feed.missed.includes(id)),
  );
  const unsent = new Set(wanted.map(({ id }) => id));
  try {
    for (const { id, frame } of wanted) {
      if ((await deps.sockets.post(feed.connection_id, frame)) === "gone")
        return whereNobodyIs(deps, feed, [...unsent]);
      unsent.delete(id);
    }
  } catch (error) {
    const { connection_id, failures } = failed(feed);
    deps.logger.warn("A reader of the feed could not be reached", { connection_id, failures, cause: causeOf(error) });
    return tryLater(deps, failed(feed), [...unsent]);
  }
  if (feed.failures > 0 || feed.missed.length > 0) await deps.feeds.reached(feed.connection_id, feed.missed);
}

/** Who may only be connecting is tried again, and forgotten when nobody is there even then. */
async function whereNobodyIs(deps: FeedDeps, feed: Feed, ids: readonly number[]): Promise<void> {
  if (!isConnecting(feed, deps.now(), leastTries)) return deps.feeds.remove(feed.connection_id);
  await deps.feeds.missed(feed.connection_id, ids, await postpone(deps, null, triedOnce(feed)));
}

async function tryLater(deps: FeedDeps, feed: Feed, ids: readonly number[]): Promise<void> {
  if (isEnding(feed)) return end(deps, feed);
  await deps.feeds.missed(feed.connection_id, ids, await postpone(deps, null, feed));
}

/** Closes a reader's socket and forgets it; tried again, too, until its row is too old. */
async function end(deps: FeedDeps, feed: Feed): Promise<void> {
  if (await hangUp(deps, feed.connection_id)) return deps.feeds.remove(feed.connection_id);
  await deps.feeds.missed(feed.connection_id, [], await postpone(deps, null, failed(feed)));
}
