import { describe, expect, test } from "@jest/globals";
import { noDomains, withWanted } from "../../lib/core/domains/domains.ts";
import { atOnce, freshId, type PortOf } from "./ports.ts";

/** What every {@link DomainStore} promises. */
export function domainsContract(ports: PortOf<"domains">): void {
  describe("domains", () => {
    const rowOf = (app: number) => ({
      ...withWanted(noDomains(app), [`${app}.example.com`], "2026-01-01T00:00:00.000Z"),
      version: 1,
    });

    test("are read as they were written, listed, and gone once they are removed", async () => {
      const app = freshId();
      expect(await ports().domains.get(app)).toEqual(noDomains(app));
      expect(await ports().domains.replace(rowOf(app))).toBe(true);
      expect(await ports().domains.get(app)).toEqual(rowOf(app));
      expect((await ports().domains.list()).filter(({ app_id }) => app_id === app)).toEqual([rowOf(app)]);
      await ports().domains.remove(app);
      expect(await ports().domains.get(app)).toEqual(noDomains(app));
    });

    test("of several who write on the same version one succeeds", async () => {
      const app = freshId();
      const tries = await atOnce(5, () => ports().domains.replace(rowOf(app)));
      expect(tries.filter(Boolean)).toHaveLength(1);
    });
  });
}
