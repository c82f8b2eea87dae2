import { describe, expect, test } from "@jest/globals";
import { eventually } from "../support/local-mode.ts";
import { atOnce, freshId, type PortOf } from "./ports.ts";

/** What every {@link Counters} promises. */
export function countersContract(ports: PortOf<"counters">): void {
  describe("counters", () => {
    test("many at the same moment get numbers that follow each other, each once", async () => {
      const before = await ports().counters.next("deployments");
      const given = await atOnce(50, () => ports().counters.next("deployments"));
      expect(given.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => before + 1 + index));
    });

    test("each kind of thing is counted by itself, from 1", async () => {
      expect(await ports().counters.next("tokens")).toBe(1);
      await ports().counters.next("deployments");
      expect(await ports().counters.next("tokens")).toBe(2);
    });
  });
}

/** What every {@link WorkQueue} promises. */
export function workQueueContract(ports: PortOf<"queue" | "received" | "backlog">): void {
  describe("work queue", () => {
    const received = (what: string) =>
      eventually(what, async () => {
        const [first] = await ports().received();
        return first;
      });

    test("a message arrives as it was sent", async () => {
      const message = {
        type: "deployment",
        deployment_id: freshId(),
        event: { type: "approved", by: "Ödön ✓", reason: null },
      } as const;
      await ports().queue.send(message);
      expect(await received("the message")).toEqual(message);
    });

    test("a delayed message arrives, and not before its time, fractions of seconds included", async () => {
      const message = { type: "poll", deployment_id: freshId(), due: "2026-01-01T00:00:00.000Z" } as const;
      const sent = Date.now();
      await ports().queue.send(message, 0.3);
      expect(await received("the delayed message")).toEqual(message);
      expect(Date.now() - sent).toBeGreaterThanOrEqual(300);
    });

    test("what waits is counted, without what is delayed", async () => {
      const poll = { type: "poll", deployment_id: freshId(), due: "2026-01-01T00:00:00.000Z" } as const;
      expect(await ports().backlog.waiting()).toBe(0);
      await ports().queue.send(poll);
      await ports().queue.send({ ...poll, deployment_id: freshId() }, 900);
      expect(await ports().backlog.waiting()).toBe(1);
      await received("the message");
      expect(await ports().backlog.waiting()).toBe(0);
    });
  });
}
