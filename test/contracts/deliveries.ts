import { describe, expect, test } from "@jest/globals";
import type { Delivery } from "../../lib/core/notice/delivery.ts";
import { atOnce, freshId, type PortOf } from "./ports.ts";

/** What every {@link Deliveries} promises. */
export function deliveriesContract(ports: PortOf<"deliveries">): void {
  describe("deliveries", () => {
    const now = new Date().toISOString();
    const some = (change: Partial<Delivery> = {}): Delivery => ({
      app_id: freshId(),
      endpoint_id: "a",
      deployment_id: 7,
      stage: "failed",
      run_id: null,
      attempt: 1,
      lease_until: now,
      settled: null,
      version: 1,
      ...change,
    });

    test("that a run failed is another one than that its deployment did, and than that another run did", async () => {
      const ofDeployment = some();
      const ofRuns = [12, 13].map((run_id) => ({ ...ofDeployment, run_id }));
      for (const delivery of [ofDeployment, ...ofRuns])
        expect(await ports().deliveries.replace(delivery, now)).toBe(true);
      for (const delivery of [ofDeployment, ...ofRuns])
        expect(await ports().deliveries.get(delivery)).toEqual(delivery);
    });

    test("one that nobody tried is none; then it is what was written last", async () => {
      const first = some();
      expect(await ports().deliveries.get(first)).toBeNull();
      expect(await ports().deliveries.replace(first, now)).toBe(true);
      expect(await ports().deliveries.get(first)).toEqual(first);
      const next: Delivery = { ...first, lease_until: null, settled: "sent", version: 2 };
      expect(await ports().deliveries.replace(next, now)).toBe(true);
      expect(await ports().deliveries.get(first)).toEqual(next);
    });

    test("stages, endpoints, deployments and apps are deliveries of their own", async () => {
      const first = some();
      await ports().deliveries.replace(first, now);
      for (const other of [{ stage: "success" }, { endpoint_id: "b" }, { deployment_id: 70 }, { app_id: freshId() }])
        expect(await ports().deliveries.get({ ...first, ...other } as Delivery)).toBeNull();
    });

    test("of several who claim the same version one succeeds, the first time and later", async () => {
      const { app_id } = some();
      for (const version of [1, 2]) {
        const tries = await atOnce(5, () => ports().deliveries.replace(some({ app_id, version }), now));
        expect(tries.filter(Boolean)).toHaveLength(1);
      }
      expect(await ports().deliveries.replace(some({ app_id, version: 2 }), now)).toBe(false);
    });
  });
}
