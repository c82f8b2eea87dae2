import { describe, expect, test } from "@jest/globals";
import type { Slot, SlotRequest } from "../../lib/core/ports/infrastructure.ts";
import { atOnce, freshId, type PortOf } from "./ports.ts";

/** What every {@link Slots} promises. */
export function slotsContract(ports: PortOf<"slots">): void {
  describe("slots", () => {
    const request = (change: Partial<SlotRequest> = {}): SlotRequest => ({
      pool: `pool ${freshId()}`,
      size: 4,
      share: 4,
      caller: "ada",
      leaseSeconds: 60,
      ...change,
    });
    const taken = (slots: readonly (Slot | null)[]): Slot[] => slots.filter((slot) => slot !== null);

    test("are taken by so many at the same time and no more, and by others once they are given back", async () => {
      const wanted = request();
      const slots = taken(await atOnce(8, () => ports().slots.take(wanted)));
      expect(new Set(slots.map(({ key }) => key)).size).toBe(4);
      expect(slots).toHaveLength(4);
      for (const slot of slots.slice(0, 2)) await ports().slots.free(slot);
      expect(taken(await atOnce(4, () => ports().slots.take(wanted)))).toHaveLength(2);
    });

    test("are taken by one caller only as far as their share, and never in all beyond their number", async () => {
      const wanted = request({ share: 2 });
      expect(taken(await atOnce(6, () => ports().slots.take(wanted)))).toHaveLength(2);
      const others = await atOnce(40, (index) => ports().slots.take({ ...wanted, caller: `caller ${index}` }));
      expect(taken(others)).toHaveLength(2);
    });

    test("whose lease is over are free, and stay with their new holder when the old one gives them back", async () => {
      const wanted = request({ size: 1, share: 1, leaseSeconds: 0 });
      const old = await ports().slots.take(wanted);
      const fresh = await ports().slots.take({ ...wanted, leaseSeconds: 60 });
      if (old === null || fresh === null) throw new Error("Both were free.");
      await ports().slots.free(old);
      expect(await ports().slots.take(wanted)).toBeNull();
      await ports().slots.free(fresh);
      expect(await ports().slots.take(wanted)).not.toBeNull();
    });

    test("that a wrong clock took for hours are free, too", async () => {
      const wanted = request({ size: 1, share: 1, leaseSeconds: 3600 });
      expect(await ports().slots.take(wanted)).not.toBeNull();
      expect(await ports().slots.take(wanted)).not.toBeNull();
    });
  });
}
