import { beforeEach, describe, expect, test } from "@jest/globals";
import { type FeedWorld, tellFeed } from "../../lib/core/pump/feed.ts";
import { someDeployment } from "../support/deployments.ts";
import { memoryFeeds } from "../support/memory-connections.ts";
import { memoryDeployments } from "../support/memory-world.ts";

const now = "2026-01-01T12:00:00.000Z";
const longAgo = "2026-01-01T11:00:00.000Z";
const justNow = "2026-01-01T11:59:59.000Z";

type Outcome = "sent" | "gone" | "unreachable";

/** Readers of the feed, what each was told, and what becomes of a post to them. */
class Room {
  readonly told = new Map<string, { id: number; version: number }[]>();
  readonly outcomes = new Map<string, Outcome>();
  readonly closed: string[] = [];
  readonly feeds = memoryFeeds();
  readonly deployments = memoryDeployments(() => true, []);
  reads = 0;

  enter(connection_id: string, apps: number[] | null, connected_at = longAgo): Promise<void> {
    return this.feeds.add({ connection_id, apps, connected_at, principal: "ada" });
  }

  readonly world: FeedWorld = {
    deployments: {
      get: (id) => {
        this.reads++;
        return this.deployments.get(id);
      },
    },
    feeds: this.feeds,
    sockets: {
      post: async (id, text) => {
        const outcome = this.outcomes.get(id) ?? "sent";
        if (outcome === "unreachable") throw new Error("The socket did not answer.");
        if (outcome === "sent") this.told.set(id, [...(this.told.get(id) ?? []), JSON.parse(text).data]);
        return outcome;
      },
      close: async (id) => void this.closed.push(id),
    },
    present: ({ id, version }) => ({ id, version }),
    now: () => now,
    note: () => {},
  };

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
  test("tells each reader each changed deployment as it is now, as far as they may read it", async () => {
    await room.enter("all", null);
    await room.enter("one app", [10]);
    await room.enter("no app", []);
    await tellFeed(room.world, new Set([1, 2]));
    expect(Object.fromEntries(room.told)).toEqual({
      all: [
        { id: 1, version: 1 },
        { id: 2, version: 1 },
      ],
      "one app": [{ id: 1, version: 1 }],
    });
  });

  test("reads no row where nobody listens, and tells of none that is not there", async () => {
    await tellFeed(room.world, new Set([1, 2]));
    expect(room.reads).toBe(0);
    await room.enter("all", null);
    await tellFeed(room.world, new Set([0, 3]));
    await tellFeed(room.world, new Set());
    expect(room.told.size).toBe(0);
  });

  test("forgets who left; who is only just connecting is still expected", async () => {
    await room.enter("left", null);
    await room.enter("connecting", null, justNow);
    room.outcomes.set("left", "gone").set("connecting", "gone");
    await tellFeed(room.world, new Set([1]));
    expect(await room.present()).toEqual(["connecting"]);
    expect(room.closed).toEqual([]);
    room.outcomes.clear();
    await tellFeed(room.world, new Set([2]));
    expect(room.told.get("connecting")).toEqual([{ id: 2, version: 1 }]);
  });

  test("hangs up on who cannot be reached, so that they come back, and the others notice nothing of it", async () => {
    await room.enter("dead", null);
    await room.enter("alive", null);
    room.outcomes.set("dead", "unreachable");
    await tellFeed(room.world, new Set([1, 2]));
    expect(room.closed).toEqual(["dead"]);
    expect(await room.present()).toEqual(["alive"]);
    expect(room.told.get("alive")).toHaveLength(2);
  });

  test("does not forget who could neither be reached nor hung up on: the stream asks again", async () => {
    await room.enter("dead", null);
    room.outcomes.set("dead", "unreachable");
    const refusing = {
      ...room.world.sockets,
      close: async () => {
        throw new Error("Nobody answers.");
      },
    };
    await expect(tellFeed({ ...room.world, sockets: refusing }, new Set([1]))).rejects.toThrow("Nobody answers.");
    expect(await room.present()).toEqual(["dead"]);
  });
});
