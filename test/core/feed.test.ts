import { beforeEach, describe, expect, test } from "@jest/globals";
import type { Deployment } from "../../lib/core/deployment/deployment.ts";
import { type FeedDeps, notifyFeed } from "../../lib/core/pump/feed.ts";
import { feedSchema } from "../../lib/core/sockets/feed-socket.ts";
import { plusSeconds } from "../../lib/core/time.ts";
import type { Message } from "../../lib/core/work-queue/message.ts";
import { someDeployment } from "../support/deployments.ts";
import { memorySockets } from "../support/memory-connections.ts";
import { memoryDeployments } from "../support/memory-stores.ts";
import { silentLogger } from "../support/silent-logger.ts";

const now = "2026-01-01T12:00:00.000Z";
const longAgo = "2026-01-01T11:00:00.000Z";
const justNow = "2026-01-01T11:59:59.000Z";

type PostOutcome = "sent" | "gone" | "unreachable";

/** Readers of the feed, what each received, and what becomes of a post to them. */
class Room {
  readonly settled = new Map<string, { id: number; version: number }[]>();
  readonly outcomes = new Map<string, PostOutcome>();
  readonly closed: string[] = [];
  readonly sent: Message[] = [];
  now = now;
  posts = 0;
  readonly #sockets = memorySockets({ now: () => this.now });
  readonly feeds = this.#sockets.feeds;
  readonly signals = this.#sockets.signals;
  readonly deployments = memoryDeployments(() => true, []);
  reads = 0;

  enter(connection_id: string, apps: number[] | null, connected_at = longAgo): Promise<void> {
    return this.feeds.add(feedSchema.parse({ connection_id, apps, connected_at, principal: "ada" }));
  }

  readonly deps: FeedDeps = {
    deployments: {
      get: (id) => {
        this.reads++;
        return this.deployments.get(id);
      },
    },
    feeds: this.feeds,
    sockets: {
      post: async (id, text) => {
        this.posts++;
        const outcome = this.outcomes.get(id) ?? "sent";
        if (outcome === "unreachable") throw new Error("The socket did not answer.");
        if (outcome === "sent") this.settled.set(id, [...(this.settled.get(id) ?? []), JSON.parse(text).data]);
        return outcome;
      },
      close: async (id) => void this.closed.push(id),
    },
    queue: { send: async (message) => void this.sent.push(message) },
    random: () => 0,
    encodeUpdate: ({ id, version }) => JSON.stringify({ type: "deployment", data: { id, version } }),
    now: () => this.now,
    logger: silentLogger,
  };

  /** These deployments as they are now; those that are not there are left out. */
  async rows(...ids: number[]): Promise<ReadonlyMap<number, Deployment>> {
    const rows = await Promise.all(ids.map((id) => this.deployments.get(id)));
    return new Map(rows.flatMap((row) => (row === null ? [] : [[row.id, row]])));
  }

  async present(): Promise<string[]> {
    return (await this.feeds.list()).map(({ connection_id }) => connection_id);
  }
}

let room: Room;

beforeEach(async () => {
  room = new Room();
  for (const id of [1, 2]) await room.deployments.create(someDeployment({ id, app_id: id * 10 }));
});

describe("the feed", () => {
  test("notifies each reader each changed deployment as it is now, as far as they may read it", async () => {
    await room.enter("all", null);
    await room.enter("one app", [10]);
    await room.enter("no app", []);
    await notifyFeed(room.deps, await room.rows(1, 2));
    expect(Object.fromEntries(room.settled)).toEqual({
      all: [
        { id: 1, version: 1 },
        { id: 2, version: 1 },
      ],
      "one app": [{ id: 1, version: 1 }],
    });
  });

  test("reads no row of what has changed, and none where nobody listens", async () => {
    await notifyFeed(room.deps, await room.rows(1, 2));
    await room.enter("all", null);
    await notifyFeed(room.deps, new Map());
    expect(room.settled.size).toBe(0);
    await notifyFeed(room.deps, await room.rows(1, 2));
    expect(room.settled.get("all")).toHaveLength(2);
    expect(room.reads).toBe(0);
  });

  test("forgets who left after one more try; who is only just connecting is still expected", async () => {
    await room.enter("left", null);
    await room.enter("connecting", null, justNow);
    room.outcomes.set("left", "gone").set("connecting", "gone");
    await notifyFeed(room.deps, await room.rows(1));
    expect(await room.present()).toEqual(["left", "connecting"]);
    await comesDueFor("left");
    expect(await room.present()).toEqual(["connecting"]);
    expect(room.posts).toBe(4);
    expect(room.closed).toEqual([]);
    room.outcomes.clear();
    await comesDueFor("connecting");
    expect(room.settled.get("connecting")).toEqual([{ id: 1, version: 1 }]);
  });

  test("notifies a reader whose handshake went on after everything had paused", async () => {
    await room.enter("paused", null, longAgo);
    room.outcomes.set("paused", "gone");
    await notifyFeed(room.deps, await room.rows(1));
    room.outcomes.clear();
    await comesDueFor("paused");
    expect(room.settled.get("paused")).toEqual([{ id: 1, version: 1 }]);
  });

  const readerOf = async (name: string) =>
    (await room.feeds.list()).find(({ connection_id }) => connection_id === name);
  /** As the worker does with the last message. */
  const comesDue = () => comes(room.sent.at(-1));
  const comesDueFor = (connection_id: string) =>
    comes(room.sent.findLast((one) => one.type === "socket_due" && one.socket.connection_id === connection_id));
  const comes = async (message: Message | undefined) => {
    if (message?.type !== "socket_due") throw new Error("Nothing is to be tried again.");
    room.now = message.due;
    await room.signals.retry(message.socket, message.due);
    await notifyFeed(room.deps, new Map());
  };

  test("notifies who could not be reached later of all that they missed, and the others notice nothing of it", async () => {
    await room.enter("dead", [10]);
    await room.enter("alive", null);
    room.outcomes.set("dead", "unreachable");
    await notifyFeed(room.deps, await room.rows(1, 2));
    await notifyFeed(room.deps, await room.rows(2));
    expect(room.settled.get("alive")).toHaveLength(3);
    expect(await readerOf("dead")).toMatchObject({ failures: 1, missed: [1] });
    room.outcomes.clear();
    await comesDue();
    expect(room.settled.get("dead")).toEqual([{ id: 1, version: 1 }]);
    expect(await readerOf("dead")).toMatchObject({ failures: 0, missed: [], retry_at: null });
    expect(room.settled.get("alive")).toHaveLength(3);
  });

  test("tries who cannot be reached six times, whatever happens meanwhile, and then closes and forgets the socket", async () => {
    await room.enter("dead", null);
    room.outcomes.set("dead", "unreachable");
    await notifyFeed(room.deps, await room.rows(1));
    for (let attempts = 1; (await room.present()).length > 0; attempts++) {
      expect(attempts).toBeLessThan(7);
      for (let changes = 0; changes < 50; changes++) await notifyFeed(room.deps, await room.rows(1, 2));
      expect(room.posts).toBe(attempts);
      await comesDue();
    }
    expect(room.posts).toBe(6);
    expect(room.closed).toEqual(["dead"]);
  });

  test("keeps who could neither be reached nor closed, and tries to close it ever less often, until its row is too old", async () => {
    await room.enter("dead", null, now);
    room.outcomes.set("dead", "unreachable");
    const refusing = {
      ...room.deps.sockets,
      close: async (id: string) => {
        room.closed.push(id);
        throw new Error("Nobody answers.");
      },
    };
    const deps = { ...room.deps, sockets: refusing };
    await notifyFeed(deps, await room.rows(1));
    for (room.now = plusSeconds(now, 1); (await room.present()).length > 0; room.now = plusSeconds(room.now, 1))
      await notifyFeed(deps, await room.rows(1));
    expect(room.posts).toBe(6);
    expect(room.closed.length).toBeGreaterThan(10);
    expect(room.closed.length).toBeLessThan(60);
  });

  test("sends nothing to who may not read any more, and closes their socket", async () => {
    await room.enter("revoked", null);
    await room.signals.end({ deployment_id: null, connection_id: "revoked" });
    await notifyFeed(room.deps, await room.rows(1));
    expect(room.posts).toBe(0);
    expect(room.closed).toEqual(["revoked"]);
    expect(await room.present()).toEqual([]);
  });
});
