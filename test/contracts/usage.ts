import { describe, expect, test } from "@jest/globals";
import type { Reading, Restart } from "../../lib/core/usage/reading.ts";
import { someOutcome } from "../support/outcomes.ts";
import { atOnce, freshId, type PortOf } from "./ports.ts";

const now = 1_700_000_000_000;
const reading: Reading = {
  read_at: new Date(now).toISOString(),
  from: new Date(now - 180_000).toISOString(),
  period_seconds: 60,
  periods: 3,
  groups: [],
  processes: { web: { cpu: [1.5, null, 3], memory: [null, null, null], tasks: [1, 1, 1] } },
  alarms: [],
};

/** What every {@link SharedReadings} promises. */
export function readingsContract(ports: PortOf<"readings">): void {
  describe("what was read of an app's usage", () => {
    test("is what was put last, and nothing before", async () => {
      const app = freshId();
      expect(await ports().readings.get(app, "minutes")).toBeNull();
      await ports().readings.claim(app, "minutes", now, now - 1000);
      expect(await ports().readings.get(app, "minutes")).toBeNull();
      expect(await ports().readings.put(app, "minutes", reading, 3600)).toBe(true);
      expect(await ports().readings.get(app, "minutes")).toEqual(reading);
      expect(await ports().readings.get(app, "hours")).toBeNull();
      expect(await ports().readings.get(freshId(), "minutes")).toBeNull();
    });

    test("is read by one of those who want to at the same moment, and by another once that is over", async () => {
      const app = freshId();
      const claim = (at: number) => ports().readings.claim(app, "minutes", at, at - 1000);
      expect((await atOnce(8, () => claim(now))).filter(Boolean)).toHaveLength(1);
      expect(await claim(now + 500)).toBe(false);
      expect((await atOnce(8, () => claim(now + 2000))).filter(Boolean)).toHaveLength(1);
      await ports().readings.put(app, "minutes", reading, 3600);
      expect(await claim(now + 2500)).toBe(false);
    });
  });
}

const time = (second: number): string => new Date(Date.UTC(2030, 0, 1, 0, 0, second)).toISOString();
const someRestart = (change: Partial<Restart>): Restart => ({
  app_id: 1,
  process: "web",
  deployment_id: 12,
  task: "abc",
  stopped_at: time(1),
  exit_code: 7,
  reason: "The container exited with code 7.",
  ...change,
});

/** What every {@link Restarts} promises, beside outcomes in the same table. */
export function restartsContract(ports: PortOf<"restarts" | "outcomes">): void {
  describe("restarts", () => {
    test("come back once each, in the order in which the tasks stopped, however often they were recorded", async () => {
      const app_id = freshId();
      const [first, second, third] = [3, 3, 9].map((at, index) =>
        someRestart({ app_id, task: `task-${index}`, stopped_at: time(at) }),
      );
      for (const one of [third, first, second, third, first]) if (one !== undefined) await ports().restarts.record(one);
      expect(await ports().restarts.list(app_id, time(0))).toEqual([first, second, third]);
      expect(await ports().restarts.list(app_id, time(4))).toEqual([third]);
      expect(await ports().restarts.list(freshId(), time(0))).toEqual([]);
    });

    test("and outcomes are not taken for one another", async () => {
      const app_id = freshId();
      const outcome = someOutcome({ app_id, deployment_id: freshId(), finished_at: time(1) });
      const restart = someRestart({ app_id, deployment_id: null, exit_code: null, reason: null });
      await ports().outcomes.record(outcome);
      await ports().restarts.record(restart);
      expect(await ports().outcomes.list(app_id, time(0))).toEqual([outcome]);
      expect(await ports().restarts.list(app_id, time(0))).toEqual([restart]);
    });
  });
}
