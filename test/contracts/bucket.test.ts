import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { fullBucket, takeToken } from "../../lib/adapters/dynamodb/token-bucket.ts";

const limits = fc.record({ burst: fc.integer({ min: 1, max: 50 }), perMinute: fc.integer({ min: 1, max: 600 }) });
const day = 24 * 3_600_000;

describe("a token bucket", () => {
  test("never gives more than its burst and what was refilled since, even to machines whose clocks differ", () => {
    const times = fc.array(fc.integer({ min: 0, max: 120_000 }), { maxLength: 300 });
    fc.assert(
      fc.property(limits, times, (limit, asked) => {
        let bucket = fullBucket;
        let given = 0;
        let latest = asked[0] ?? 0;
        for (const now of asked) {
          latest = Math.max(latest, now);
          const taken = takeToken(bucket, limit, now);
          if (!taken.allowed) continue;
          bucket = taken.fullAtMs;
          given += 1;
          const refilled = ((latest - (asked[0] ?? 0)) * limit.perMinute) / 60_000;
          expect(given).toBeLessThanOrEqual(limit.burst + refilled + 1e-6);
        }
      }),
    );
  });

  test("that was emptied before the clock went back an hour gives its burst, and no more", () => {
    fc.assert(
      fc.property(limits, fc.integer({ min: day, max: 2 * day }), (limit, now) => {
        let bucket = fullBucket;
        const take = (at: number): boolean => {
          const taken = takeToken(bucket, limit, at);
          if (taken.allowed) bucket = taken.fullAtMs;
          return taken.allowed;
        };
        while (take(now));
        const earlier = now - 2 * 3_600_000;
        for (let count = 0; count < limit.burst; count++) expect(take(earlier)).toBe(true);
        expect(take(earlier)).toBe(false);
      }),
    );
  });

  test("gives its whole burst at once, and after the seconds that it names it gives again", () => {
    fc.assert(
      fc.property(limits, fc.integer({ min: 1, max: day }), (limit, now) => {
        let bucket = fullBucket;
        for (let count = 0; count < limit.burst; count++) {
          const taken = takeToken(bucket, limit, now);
          expect(taken.allowed).toBe(true);
          if (taken.allowed) bucket = taken.fullAtMs;
        }
        const refused = takeToken(bucket, limit, now);
        expect(refused.allowed).toBe(false);
        if (refused.allowed) return;
        expect(Number.isInteger(refused.retryAfter)).toBe(true);
        expect(takeToken(bucket, limit, now + refused.retryAfter * 1000).allowed).toBe(true);
        if (refused.retryAfter > 1) {
          expect(takeToken(bucket, limit, now + (refused.retryAfter - 1) * 1000).allowed).toBe(false);
        }
      }),
    );
  });
});
