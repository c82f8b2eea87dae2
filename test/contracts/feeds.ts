import { describe, expect, test } from "@jest/globals";
import type { Feed } from "../../lib/ports/feeds.ts";
import { freshId, type PortOf } from "./ports.ts";

const feed = (apps: readonly number[] | null): Feed => ({
  connection_id: `feed ${freshId()}=`,
  apps: apps === null ? null : [...apps],
  connected_at: "2026-01-01T00:00:00.000Z",
  principal: "ada",
});

/** What every {@link Feeds} promises. */
export function feedsContract(ports: PortOf<"feeds">): void {
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
  });
}
