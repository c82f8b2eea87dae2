import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { appHealth } from "../../lib/core/app-status.ts";

const counts = fc.record({
  desired: fc.integer({ min: 1, max: 20 }),
  healthy: fc.integer({ min: 0, max: 40 }),
  serving: fc.integer({ min: 0, max: 20 }),
});

test("an app is as healthy as its tasks, once something was released", () => {
  fc.assert(
    fc.property(counts, (all) => {
      expect(appHealth({ live_deployment_id: null }, all)).toBe("none");
      const health = appHealth({ live_deployment_id: 1 }, all);
      // Whatever runs beside it: without web nobody is answered.
      expect(health).toBe(all.serving === 0 ? "down" : all.healthy < all.desired ? "degraded" : "live");
    }),
  );
});

test("an app whose service is gone is down", () => {
  expect(appHealth({ live_deployment_id: 1 }, null)).toBe("down");
  expect(appHealth({ live_deployment_id: null }, null)).toBe("none");
});
