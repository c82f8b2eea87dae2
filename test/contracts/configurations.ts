import { describe, expect, test } from "@jest/globals";
import { noConfigurations, numberOf } from "../../lib/core/configuration/numbers.ts";
import { atOnce, freshId, type PortOf } from "./ports.ts";

/** What every {@link Configurations} promises. */
export function configurationsContract(ports: PortOf<"configurations">): void {
  describe("configurations", () => {
    test("numbers are read as they were written, and are gone once they are removed", async () => {
      const app = freshId();
      expect(await ports().configurations.get(app)).toEqual(noConfigurations);
      const { next } = numberOf(noConfigurations, "hash");
      expect(await ports().configurations.replace(app, next ?? noConfigurations)).toBe(true);
      expect(await ports().configurations.get(app)).toEqual({ numbers: { hash: 1 }, last: 1, version: 1 });
      await ports().configurations.remove(app);
      expect(await ports().configurations.get(app)).toEqual(noConfigurations);
    });

    test("of several who number on the same version one succeeds", async () => {
      const app = freshId();
      const tries = await atOnce(5, (index) =>
        ports().configurations.replace(app, { numbers: { [`hash-${index}`]: 1 }, last: 1, version: 1 }),
      );
      expect(tries.filter(Boolean)).toHaveLength(1);
      expect((await ports().configurations.get(app)).numbers).toEqual({ [`hash-${tries.indexOf(true)}`]: 1 });
    });
  });
}
