import { describe, expect, test } from "@jest/globals";
import { noBuilds } from "../../lib/core/build-slots.ts";
import { atOnce, type PortOf } from "./ports.ts";

/** What every {@link BuildSlotStore} promises. There is one row of it, which the tests write in turn. */
export function buildSlotsContract(ports: PortOf<"buildSlots">): void {
  describe("the slots of builds", () => {
    const slot = (deployment_id: number) => ({ deployment_id, attempt: 1 });

    test("are all free before the first build, and then as they were written", async () => {
      expect(await ports().buildSlots.get()).toEqual(noBuilds);
      const first = { running: [slot(1)], waiting: [slot(2), slot(3)], version: 1 };
      expect(await ports().buildSlots.replace(first)).toBe(true);
      expect(await ports().buildSlots.get()).toEqual(first);
    });

    test("of several who write after the same version one succeeds, and one that read an older version does not", async () => {
      const { version } = await ports().buildSlots.get();
      const write = (deployment_id: number) =>
        ports().buildSlots.replace({ running: [slot(deployment_id)], waiting: [], version: version + 1 });
      const tries = await atOnce(5, (index) => write(index + 1));
      expect(tries.filter(Boolean)).toHaveLength(1);
      expect(await ports().buildSlots.get()).toMatchObject({ running: [slot(tries.indexOf(true) + 1)] });
      expect(await write(9)).toBe(false);
    });
  });
}
