import { describe, expect, test } from "@jest/globals";
import type { Tail } from "../../lib/core/ports/app-logs.ts";
import { atOnce, freshId, type PortOf } from "./ports.ts";

const now = 1_700_000_000_000;
const tail: Tail = {
  polled_at: now,
  from: now - 40_000,
  events: [{ stream: "web/1/app/a", at: now - 1, message: 'Grüße, \u0000 und "mehr"' }],
};

/** What every {@link Tails} promises. */
export function tailsContract(ports: PortOf<"tails">): void {
  describe("the newest lines of an app's log", () => {
    test("are those of the last poll, and of nobody before the first", async () => {
      const app = freshId();
      expect(await ports().tails.get(app)).toBeNull();
      await ports().tails.claim(app, now, now - 1000);
      expect(await ports().tails.get(app)).toBeNull();
      expect(await ports().tails.put(app, tail)).toBe(true);
      expect(await ports().tails.get(app)).toEqual(tail);
      expect(await ports().tails.get(freshId())).toBeNull();
    });

    test("are polled by one of those who want to at the same moment, and by another once that is over", async () => {
      const app = freshId();
      const claim = (at: number) => ports().tails.claim(app, at, at - 1000);
      expect((await atOnce(8, () => claim(now))).filter(Boolean)).toHaveLength(1);
      expect(await claim(now + 500)).toBe(false);
      expect((await atOnce(8, () => claim(now + 2000))).filter(Boolean)).toHaveLength(1);
      await ports().tails.put(app, tail);
      expect(await claim(now + 2500)).toBe(false);
    });

    test("are not shared where they are too many", async () => {
      const message = Array.from({ length: 20_000 }, (_, index) => (index * 7919).toString(36)).join("");
      const events = Array.from({ length: 30 }, (_, index) => ({
        stream: "s",
        at: now,
        message: `${index} ${message}`,
      }));
      // Text that compression makes nothing of.
      const noise = events.map((event, index) => ({ ...event, message: scrambled(event.message, index + 1) }));
      expect(await ports().tails.put(freshId(), { ...tail, events: noise })).toBe(false);
    });
  });
}

function scrambled(text: string, seed: number): string {
  let state = seed;
  return [...text]
    .map(() => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return String.fromCharCode(32 + ((state >>> 16) % 95));
    })
    .join("");
}
