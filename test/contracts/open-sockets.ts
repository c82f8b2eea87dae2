import { describe, expect, test } from "@jest/globals";
import type { OpenSocket } from "../../lib/core/sockets/open-socket.ts";
import { toTimestamp } from "../../lib/core/time.ts";
import { freshId, type PortOf } from "./ports.ts";

const socket = (token: string | null, change: Partial<OpenSocket> = {}): OpenSocket => ({
  connection_id: `socket ${freshId()}=`,
  deployment_id: 7,
  apps: [1],
  token,
  session: null,
  connected_at: toTimestamp(Date.now()),
  ...change,
});

/** What every {@link OpenSockets} promises. */
export function openSocketsContract(ports: PortOf<"openSockets">): void {
  describe("open sockets", () => {
    const freshHash = () => `${freshId()}`.padStart(64, "a");
    const added = async (...sockets: readonly OpenSocket[]) => {
      for (const one of sockets) await ports().openSockets.add(one);
    };
    const byName = (one: OpenSocket, other: OpenSocket) => one.connection_id.localeCompare(other.connection_id);

    test("are found by the token that they are held by, and all together, as soon as they are added", async () => {
      const [token, other] = [freshHash(), freshHash()];
      const mine = [socket(token), socket(token, { deployment_id: null, apps: null, session: "a session" })];
      const others = [socket(other), socket(null, { apps: [] })];
      await added(...mine, ...others);
      expect((await ports().openSockets.heldBy(token)).toSorted(byName)).toEqual(mine.toSorted(byName));
      expect(await ports().openSockets.heldBy(freshHash())).toEqual([]);
      expect(await ports().openSockets.list()).toEqual(expect.arrayContaining([...mine, ...others]));
    });

    test("are forgotten once, by whoever held them", async () => {
      const [mine, nobodys] = [socket(freshHash()), socket(null)];
      await added(mine, nobodys);
      expect(await ports().openSockets.remove(freshHash(), mine.connection_id)).toBeNull();
      expect(await ports().openSockets.remove(mine.token, mine.connection_id)).toEqual(mine);
      expect(await ports().openSockets.remove(mine.token, mine.connection_id)).toBeNull();
      expect(await ports().openSockets.heldBy(String(mine.token))).toEqual([]);
      expect(await ports().openSockets.remove(null, nobodys.connection_id)).toEqual(nobodys);
    });

    test("are not listed any more when they are older than a connection lives", async () => {
      const old = socket(freshHash(), { connected_at: toTimestamp(Date.now() - 2 * 3600_000 - 2000) });
      await added(old);
      expect(await ports().openSockets.heldBy(String(old.token))).toEqual([]);
    });

    test("are all found, however many answers they take", async () => {
      const token = freshHash();
      const apps = Array.from({ length: 20_000 }, (_, index) => 100_000 + index);
      const many = Array.from({ length: 12 }, () => socket(token, { deployment_id: null, apps }));
      await added(...many);
      expect(await ports().openSockets.heldBy(token)).toHaveLength(many.length);
    }, 60_000);
  });
}
