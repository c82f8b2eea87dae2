import { expect, test } from "@jest/globals";
import type { OrphanReport } from "../../lib/core/orphans.ts";
import type { PortOf } from "./ports.ts";

/** What every {@link OrphanReports} promises. */
export function orphanReportsContract(ports: PortOf<"orphanReports">): void {
  test("the last report of what belongs to no app is the one that was put last", async () => {
    const { orphanReports } = ports();
    expect(await orphanReports.get()).toBeNull();
    const report: OrphanReport = {
      checked_at: "2026-01-01T00:00:00.000Z",
      orphans: [{ kind: "target group", name: "slipway-1f2e3d4c-7", app_id: 7 }],
      unchecked: [{ kind: "parameter", reason: "Rate exceeded" }],
    };
    await orphanReports.put(report);
    expect(await orphanReports.get()).toEqual(report);
    const later = { checked_at: "2026-01-01T01:00:00.000Z", orphans: [], unchecked: [] };
    await orphanReports.put(later);
    expect(await orphanReports.get()).toEqual(later);
  });
}
