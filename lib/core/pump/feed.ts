import type { Sockets } from "../../ports/connections.ts";
import type { Deployments } from "../../ports/deployments.ts";
import type { Feed, Feeds } from "../../ports/feeds.ts";
import type { Deployment } from "../deployment.ts";
import { isConnecting } from "./handshake.ts";
import { pooled } from "./pool.ts";

/** What telling the feed reaches. */
export interface FeedWorld {
  readonly deployments: Pick<Deployments, "get">;
  readonly feeds: Feeds;
  readonly sockets: Sockets;
  /** A deployment as the API shows it. */
  readonly present: (row: Deployment) => unknown;
  readonly now: () => string;
  readonly note: (message: string, context: Readonly<Record<string, unknown>>) => void;
}

interface News {
  readonly appId: number;
  readonly frame: string;
}

/**
 * Tells every socket of the feed how these deployments are now, each once, as far as its holder may read them. It does
 * not matter how often: a reader keeps the greatest version of each. Who misses something is hung up on, and reads the
 * list anew when they are back.
 */
export async function tellFeed(world: FeedWorld, changed: ReadonlySet<number>): Promise<void> {
  if (changed.size === 0) return;
  const feeds = await world.feeds.list();
  if (feeds.length === 0) return;
  const news: News[] = [];
  for (const id of changed) {
    const row = await world.deployments.get(id);
    if (row !== null) news.push({ appId: row.app_id, frame: frameOf(world, row) });
  }
  await pooled(feeds, (feed) => tell(world, feed, news));
}

const frameOf = ({ now, present }: FeedWorld, row: Deployment): string =>
  JSON.stringify({ type: "deployment", timestamp: now(), data: present(row) });

const mayHear = (feed: Feed, appId: number): boolean => feed.apps === null || feed.apps.includes(appId);

async function tell(world: FeedWorld, feed: Feed, news: readonly News[]): Promise<void> {
  const frames = news.filter(({ appId }) => mayHear(feed, appId)).map(({ frame }) => frame);
  const outcome = await send(world, feed, frames);
  if (outcome === "sent") return;
  // They miss nothing by it: whoever connects reads the list once that is done.
  if (outcome === "gone" && isConnecting(feed, world.now())) return;
  if (outcome === "unreachable") await world.sockets.close(feed.connection_id);
  await world.feeds.remove(feed.connection_id);
}

async function send(
  { sockets, note }: FeedWorld,
  { connection_id }: Feed,
  frames: readonly string[],
): Promise<"sent" | "gone" | "unreachable"> {
  try {
    for (const frame of frames) {
      if ((await sockets.post(connection_id, frame)) === "gone") return "gone";
    }
    return "sent";
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    note("A reader of the feed could not be reached and is hung up on", { connection_id, cause });
    return "unreachable";
  }
}
