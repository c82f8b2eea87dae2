import { describe, expect, test } from "@jest/globals";
import type { Feed } from "../../lib/core/sockets/feed-socket.ts";
import { toTimestamp } from "../../lib/core/time.ts";
import { freshId, type PortOf } from "./ports.ts";

const feed = (apps: readonly number[] | null): Feed => ({
  connection_id: `feed ${freshId()}=`,
  apps: apps === null ? null : [...apps],
  connected_at: toTimestamp(Date.now()),
  principal: "ada",
  failures: 0,
  retry_at: null,
  closing: false,
  missed: [],
});

/** What every {@link Feeds} promises. */
export function feedsContract(ports: PortOf<"feeds" | "signals">): void {
  describe("feeds", () => {
    const listed = async (...mine: readonly Feed[]) =>
      (await ports().feeds.list()).filter((one) =>
        mine.some(({ connection_id }) => connection_id === one.connection_id),
      );

    test("a socket is listed as it was added, from that moment until it is removed", async () => {
      const [all, some, none] = [feed(null), feed([1, 2]), feed([])];
      for (const one of [all, some, none]) await ports().feeds.add(one);
      expect(await listed(all, some, none)).toEqual(expect.arrayContaining([all, some, none]));
      await ports().feeds.remove(some.connection_id);
      await ports().feeds.remove("never");
      expect(await listed(all, some, none)).toHaveLength(2);
    });

    test("one that is older than a connection lives is not listed, whether its row is there or not", async () => {
      const old = { ...feed(null), connected_at: toTimestamp(Date.now() - 2 * 3600_000 - 2000) };
      await ports().feeds.add(old);
      expect(await listed(old)).toEqual([]);
    });

    test("what was missed adds up until it is sent, and is not written to a row that is gone", async () => {
      const mine = feed(null);
      const retry = { failures: 1, retry_at: "2026-01-01T00:00:02.000Z" };
      await ports().feeds.add(mine);
      await ports().feeds.missed(mine.connection_id, [1, 2], retry);
      await Promise.all([3, 4].map((id) => ports().feeds.missed(mine.connection_id, [2, id], null)));
      const [stored] = await listed(mine);
      expect({ ...stored, missed: stored?.missed.toSorted() }).toEqual({ ...mine, ...retry, missed: [1, 2, 3, 4] });
      await ports().feeds.reached(mine.connection_id, [1, 2]);
      const [reached] = await listed(mine);
      expect({ ...reached, missed: reached?.missed.toSorted() }).toEqual({ ...mine, missed: [3, 4] });
      await ports().feeds.reached(mine.connection_id, [3, 4]);
      expect(await listed(mine)).toEqual([mine]);
      await ports().feeds.remove(mine.connection_id);
      await ports().feeds.missed(mine.connection_id, [1], retry);
      await ports().feeds.reached(mine.connection_id, [1]);
      expect(await listed(mine)).toEqual([]);
    });

    test("one is due when it is said of the time it waits for, and is to be closed once that is said", async () => {
      const mine = feed(null);
      const socket = { deployment_id: null, connection_id: mine.connection_id };
      const due = "2026-01-01T00:00:02.000Z";
      await ports().feeds.add(mine);
      await ports().feeds.missed(mine.connection_id, [], { failures: 1, retry_at: due });
      await ports().signals.retry(socket, "2026-01-01T00:00:01.000Z");
      expect(await listed(mine)).toMatchObject([{ retry_at: due }]);
      await ports().signals.retry(socket, due);
      expect(await listed(mine)).toMatchObject([{ retry_at: null, failures: 1, closing: false }]);
      await ports().signals.end(socket);
      expect(await listed(mine)).toMatchObject([{ closing: true }]);
    });
  });
}
