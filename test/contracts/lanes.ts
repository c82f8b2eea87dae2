import { describe, expect, test } from "@jest/globals";
import { emptyLane } from "../../lib/core/lane/lane.ts";
import { atOnce, freshId, type PortOf } from "./ports.ts";

/** What every {@link Lanes} promises. */
export function lanesContract(ports: PortOf<"lanes">): void {
  describe("lanes", () => {
    test("the lane of an app that never deployed is empty, and so is one that was removed", async () => {
      const app = freshId();
      expect(await ports().lanes.get(app)).toEqual(emptyLane);
      const lane = { running: 1, waiting: 2, rollback: 3, highest: 3, asked: 3, version: 1 };
      expect(await ports().lanes.replace(app, lane)).toBe(true);
      expect(await ports().lanes.get(app)).toEqual(lane);
      await ports().lanes.remove(app);
      expect(await ports().lanes.get(app)).toEqual(emptyLane);
    });

    test("of several who take the lane on the same version one succeeds, the first time and later", async () => {
      const app = freshId();
      for (const version of [1, 2]) {
        const tries = await atOnce(5, (index) =>
          ports().lanes.replace(app, { ...emptyLane, running: index + 1, version }),
        );
        expect(tries.filter(Boolean)).toHaveLength(1);
        expect(await ports().lanes.get(app)).toEqual({ ...emptyLane, running: tries.indexOf(true) + 1, version });
      }
    });

    test("a lane that was removed does not come back by a late write", async () => {
      const app = freshId();
      await ports().lanes.replace(app, { ...emptyLane, running: 1, version: 1 });
      await ports().lanes.remove(app);
      expect(await ports().lanes.replace(app, { ...emptyLane, running: 1, waiting: 2, version: 2 })).toBe(false);
      expect(await ports().lanes.get(app)).toEqual(emptyLane);
    });

    test("optimistic concurrency: who read an older version learns that somebody was quicker", async () => {
      const app = freshId();
      await ports().lanes.replace(app, { ...emptyLane, running: 1, version: 1 });
      await ports().lanes.replace(app, { ...emptyLane, running: 1, waiting: 2, version: 2 });
      expect(await ports().lanes.replace(app, { ...emptyLane, version: 2 })).toBe(false);
      expect(await ports().lanes.get(app)).toMatchObject({ waiting: 2 });
    });
  });
}
