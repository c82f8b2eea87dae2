import { describe, expect, test } from "@jest/globals";
import { atOnce, freshId, type PortOf } from "./ports.ts";

/** What every {@link CronRuns} promises. */
export function cronRunsContract(ports: PortOf<"cronRuns">): void {
  const someTime = () => ({ app_id: freshId(), cron: "nightly", scheduled_at: "2026-01-01T03:00:00.000Z" });

  describe("the runs of crons", () => {
    test("are one for each time, whoever is told at the same moment", async () => {
      const time = someTime();
      expect(await ports().cronRuns.runOf(time)).toBeNull();
      const ids = await atOnce(8, (index) => ports().cronRuns.reserve(time, 100 + index));
      expect(new Set(ids).size).toBe(1);
      expect(await ports().cronRuns.runOf(time)).toBe(ids[0]);
      const later = { ...time, scheduled_at: "2026-01-02T03:00:00.000Z" };
      const other = { ...time, cron: "hourly" };
      expect(await Promise.all([later, other].map((one) => ports().cronRuns.reserve(one, 200)))).toEqual([200, 200]);
    });

    test("take turns, one after the other", async () => {
      const { app_id } = someTime();
      expect(await ports().cronRuns.turn(app_id, "nightly")).toBeNull();
      const first = await atOnce(8, (index) => ports().cronRuns.takeTurn(app_id, "nightly", null, 100 + index));
      expect(first.filter(Boolean)).toHaveLength(1);
      const holder = 100 + first.indexOf(true);
      expect(await ports().cronRuns.turn(app_id, "nightly")).toBe(holder);
      expect(await ports().cronRuns.takeTurn(app_id, "nightly", holder + 1, 300)).toBe(false);
      expect(await ports().cronRuns.takeTurn(app_id, "nightly", holder, 300)).toBe(true);
      expect(await ports().cronRuns.turn(app_id, "nightly")).toBe(300);
      expect(await ports().cronRuns.turn(app_id, "hourly")).toBeNull();
    });

    test("are looked through up to a time", async () => {
      const { app_id, scheduled_at } = someTime();
      expect(await ports().cronRuns.checkedUntil(app_id)).toBeNull();
      await ports().cronRuns.noteChecked(app_id, scheduled_at);
      await ports().cronRuns.noteChecked(app_id, "2025-12-31T00:00:00.000Z");
      expect(await ports().cronRuns.checkedUntil(app_id)).toBe(scheduled_at);
    });
  });
}
