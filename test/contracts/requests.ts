import { describe, expect, test } from "@jest/globals";
import { atOnce, freshId, type PortOf } from "./ports.ts";

const now = 1_900_000_000;

/** What every {@link Requests} promises. */
export function requestsContract(ports: PortOf<"requests">): void {
  describe("requests", () => {
    const freshKey = () => `key ${freshId()}`;

    test("of several who reserve an idempotency key the first one stands, and all get it", async () => {
      const key = freshKey();
      const claims = await atOnce(8, (index) =>
        ports().requests.reserve(key, { id: index + 1, fingerprint: `body ${index}` }, now),
      );
      const first = claims.filter((one) => one.first);
      expect(first).toHaveLength(1);
      for (const one of claims) expect({ ...one, first: true }).toEqual(first[0]);
    });

    test("a reservation stands for 24 hours and then is anybody's", async () => {
      const key = freshKey();
      const day = 24 * 3600;
      await ports().requests.reserve(key, { id: 1, fingerprint: "a" }, now);
      const again = { id: 2, fingerprint: "b" };
      expect(await ports().requests.reserve(key, again, now + day - 1)).toEqual({
        id: 1,
        fingerprint: "a",
        first: false,
        reserved_at: now,
      });
      expect(await ports().requests.reserve(key, again, now + day)).toEqual({
        ...again,
        first: true,
        reserved_at: now + day,
      });
    });

    test("rate limit: of many at the same moment as many are allowed as the burst, and the others learn when to ask again", async () => {
      const bucket = freshKey();
      const limit = { burst: 5, perMinute: 60 };
      const takes = await atOnce(10, () => ports().requests.take(bucket, limit, now * 1000));
      expect(takes.filter(({ allowed }) => allowed)).toHaveLength(5);
      expect(takes.find(({ allowed }) => !allowed)).toEqual({ allowed: false, retryAfter: 1 });
      expect(await ports().requests.take(bucket, limit, now * 1000 + 1000)).toEqual({ allowed: true });
      expect(await ports().requests.take(bucket, limit, now * 1000 + 1000)).toMatchObject({ allowed: false });
      expect(await ports().requests.take(freshKey(), limit, now * 1000)).toEqual({ allowed: true });
    });

    test("a clock that goes back an hour empties no bucket", async () => {
      const bucket = freshKey();
      const limit = { burst: 2, perMinute: 60 };
      for (const expected of [true, true, false]) {
        expect(await ports().requests.take(bucket, limit, now * 1000)).toMatchObject({ allowed: expected });
      }
      for (const expected of [true, true, false]) {
        expect(await ports().requests.take(bucket, limit, (now - 3600) * 1000)).toMatchObject({ allowed: expected });
      }
    });

    test("machines whose clocks differ do not get more for that", async () => {
      const bucket = freshKey();
      const limit = { burst: 2, perMinute: 60 };
      let allowed = 0;
      for (let round = 0; round < 10; round++) {
        for (const skew of [0, 1000]) {
          if ((await ports().requests.take(bucket, limit, now * 1000 + skew)).allowed) allowed += 1;
        }
      }
      expect(allowed).toBe(3);
    });
  });
}
