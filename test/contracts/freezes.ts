import { expect, test } from "@jest/globals";
import type { Freeze } from "../../lib/core/freeze.ts";
import type { PortOf } from "./ports.ts";

/** What every {@link Freezes} promises. */
export function freezesContract(ports: PortOf<"freezes">): void {
  test("there is one freeze, the one that was put last, until it is removed", async () => {
    const { freezes } = ports();
    expect(await freezes.get()).toBeNull();
    const freeze: Freeze = {
      reason: "Holidays",
      actor: "ada",
      actor_id: "token#2",
      since: "2026-01-01T00:00:00.000Z",
      until: "2026-01-02T00:00:00.000Z",
    };
    await freezes.put(freeze);
    expect(await freezes.get()).toEqual(freeze);
    const longer = { ...freeze, until: "2026-01-03T00:00:00.000Z" };
    await freezes.put(longer);
    expect(await freezes.get()).toEqual(longer);
    expect(await freezes.remove(freeze)).toBe(false);
    expect(await freezes.get()).toEqual(longer);
    expect(await freezes.remove(longer)).toBe(true);
    expect(await freezes.remove(longer)).toBe(false);
    expect(await freezes.get()).toBeNull();
  });
}
