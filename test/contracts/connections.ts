import { describe, expect, test } from "@jest/globals";
import { type Connection, noMark } from "../../lib/core/sockets/connection.ts";
import { toTimestamp } from "../../lib/core/time.ts";
import { freshId, type PortOf } from "./ports.ts";

const connection = (connection_id: string): Connection => ({
  connection_id,
  after: 5,
  batch: true,
  live: false,
  snapshot_sent: false,
  connected_at: toTimestamp(Date.now()),
  principal: "ada",
  failures: 0,
  retry_at: null,
  closing: false,
});

/** What every {@link Connections} promises. */
export function connectionsContract(ports: PortOf<"connections" | "signals">): void {
  describe("connections", () => {
    test("those of a deployment are listed as soon as they are added, and no others", async () => {
      const [one, two] = [freshId(), freshId()];
      await ports().connections.add(one, connection("a="));
      await ports().connections.add(one, connection("b="));
      await ports().connections.add(two, connection("c="));
      const listed = async () => (await ports().connections.list(one)).map(({ connection_id }) => connection_id);
      expect(await listed()).toEqual(["a=", "b="]);
      await ports().connections.remove(one, "a=");
      await ports().connections.remove(one, "never");
      expect(await listed()).toEqual(["b="]);
    });

    test("how far a viewer is changes; who it is stays", async () => {
      const id = freshId();
      const mine = connection("a=");
      await ports().connections.add(id, mine);
      expect(await ports().connections.list(id)).toEqual([mine]);
      const retry_at = "2026-01-01T00:00:02.000Z";
      const further = { ...mine, after: 9, live: true, snapshot_sent: true, failures: 3, retry_at };
      for (const wake of [true, false]) {
        await ports().connections.update(id, further, wake);
        expect(await ports().connections.list(id)).toEqual([further]);
      }
    });

    test("a viewer who left is not brought back by what was about to be recorded of it", async () => {
      const id = freshId();
      await ports().connections.add(id, connection("a="));
      await ports().connections.remove(id, "a=");
      await ports().connections.update(id, connection("a="), true);
      expect(await ports().connections.list(id)).toEqual([]);
    });

    test("waking the pump changes nothing of a viewer, and brings none back", async () => {
      const id = freshId();
      const mine = connection("a=");
      await ports().connections.add(id, mine);
      expect(await ports().connections.wake(id, "a=")).toBe(true);
      expect(await ports().connections.wake(id, "never")).toBe(false);
      expect(await ports().connections.list(id)).toEqual([mine]);
    });

    test("one that is older than a connection lives is not listed, whether its row is there or not", async () => {
      const id = freshId();
      const old = { ...connection("old="), connected_at: toTimestamp(Date.now() - 2 * 3600_000 - 2000) };
      await ports().connections.add(id, old);
      await ports().connections.add(id, connection("a="));
      expect((await ports().connections.list(id)).map(({ connection_id }) => connection_id)).toEqual(["a="]);
    });

    test("more than fit into one page of answers are all listed", async () => {
      const id = freshId();
      const names = Array.from({ length: 12 }, (_, index) => `${String(index).padStart(2, "0")}=`);
      // DynamoDB answers at most 1 MB at once.
      const large = { principal: "p".repeat(100_000) };
      for (const name of names) await ports().connections.add(id, { ...connection(name), ...large });
      expect((await ports().connections.list(id)).map(({ connection_id }) => connection_id)).toEqual(names);
    });

    test("one that waits is due when it is said of the very time it waits for, and of no other", async () => {
      const id = freshId();
      const due = "2026-01-01T00:00:02.000Z";
      await ports().connections.add(id, { ...connection("a="), failures: 2, retry_at: due });
      const socket = { deployment_id: id, connection_id: "a=" };
      const waits = async () => (await ports().connections.list(id)).map(({ retry_at }) => retry_at);
      await ports().signals.retry(socket, "2026-01-01T00:00:01.000Z");
      expect(await waits()).toEqual([due]);
      await ports().signals.retry(socket, due);
      expect(await waits()).toEqual([null]);
      await ports().signals.retry({ deployment_id: id, connection_id: "never" }, due);
      expect(await waits()).toEqual([null]);
    });

    test("one that is to be closed stays so whatever is recorded of it, and one that is gone does not come back by it", async () => {
      const id = freshId();
      await ports().connections.add(id, { ...connection("a="), retry_at: "2999-01-01T00:00:00.000Z" });
      await ports().signals.end({ deployment_id: id, connection_id: "a=" });
      expect(await ports().connections.list(id)).toMatchObject([{ closing: true, retry_at: null }]);
      await ports().connections.update(id, { ...connection("a="), after: 7 }, false);
      expect(await ports().connections.list(id)).toMatchObject([{ closing: true, after: 7 }]);
      await ports().signals.end({ deployment_id: id, connection_id: "never" });
      expect(await ports().connections.list(id)).toHaveLength(1);
    });

    test("the mark starts at nothing and is what it was advanced to", async () => {
      const id = freshId();
      expect(await ports().connections.mark(id)).toEqual(noMark);
      const mark = { version: 3, timeline: 2, cursor: 17, ended: true };
      await ports().connections.advance(id, mark);
      expect(await ports().connections.mark(id)).toEqual(mark);
      expect(await ports().connections.list(id)).toEqual([]);
    });
  });
}
