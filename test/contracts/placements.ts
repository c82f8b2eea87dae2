import { describe, expect, test } from "@jest/globals";
import { appDemand, noPlacements, placeApp } from "../../lib/core/placement/placement.ts";
import { atOnce, freshId, type PortOf } from "./ports.ts";

/** What every {@link PlacementStore} promises. All tests share its one row. */
export function placementsContract(ports: PortOf<"placements">): void {
  describe("placements", () => {
    test("are read as they were written, and of several who write on the same version one succeeds", async () => {
      const store = ports().placements;
      const before = await store.get();
      if (before.version === 0) expect(before).toEqual(noPlacements);
      const nexts = Array.from({ length: 5 }, () => {
        const placed = placeApp(before, freshId(), appDemand, "web");
        if (placed === "full" || placed.next === null) throw new Error("It has no place.");
        return placed.next;
      });
      const tries = await atOnce(nexts.length, (index) => store.replace(nexts[index] ?? noPlacements));
      expect(tries.filter(Boolean)).toHaveLength(1);
      expect(await store.get()).toEqual(nexts[tries.indexOf(true)]);
      expect(await store.replace(before)).toBe(false);
    });
  });
}
