import { describe, expect, test } from "@jest/globals";
import { type Connection, noMark } from "../../lib/ports/connections.ts";
import { freshId, type PortOf } from "./ports.ts";

const connection = (connection_id: string): Connection => ({
  connection_id,
  after: 5,
  batch: true,
  live: false,
  greeted: false,
  connected_at: "2026-01-01T00:00:00.000Z",
  principal: "ada",
});

/** What every {@link Connections} promises. */
export function connectionsContract(ports: PortOf<"connections">): void {
  describe("connections", () => {
    test("those of a deployment are listed as soon as they are added, and no others", async () => {
      const [one, two] = [freshId(), freshId()];
      await ports().connections.add(one, connection("a="));
      await ports().connections.add(one, connection("b="));
      await ports().connections.add(two, connection("c="));
      expect(await ports().connections.list(one)).toEqual([connection("a="), connection("b=")]);
      await ports().connections.remove(one, "a=");
      await ports().connections.remove(one, "never");
      expect(await ports().connections.list(one)).toEqual([connection("b=")]);
    });

    test("how far a viewer is changes; who it is stays", async () => {
      const id = freshId();
      await ports().connections.add(id, connection("a="));
      const further = { ...connection("a="), after: 9, live: true, greeted: true };
      for (const wake of [true, false]) {
        await ports().connections.update(id, further, wake);
        expect(await ports().connections.list(id)).toEqual([further]);
      }
    });

    test("a viewer who left is not brought back by what was about to be noted of it", async () => {
      const id = freshId();
      await ports().connections.add(id, connection("a="));
      await ports().connections.remove(id, "a=");
      await ports().connections.update(id, connection("a="), true);
      expect(await ports().connections.list(id)).toEqual([]);
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
