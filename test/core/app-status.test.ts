import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { appHealth } from "../../lib/core/app-status.ts";

const counts = fc.record({ desired: fc.integer({ min: 1, max: 20 }), healthy: fc.integer({ min: 0, max: 40 }) });

test("an app is as healthy as its tasks, once something was released", () => {
  fc.assert(
    fc.property(counts, ({ desired, healthy }) => {
      expect(appHealth({ live_deployment_id: null }, { desired, healthy })).toBe("none");
      const health = appHealth({ live_deployment_id: 1 }, { desired, healthy });
      expect(health).toBe(healthy === 0 ? "down" : healthy < desired ? "degraded" : "live");
    }),
  );
});

test("an app whose service is gone is down", () => {
  expect(appHealth({ live_deployment_id: 1 }, null)).toBe("down");
  expect(appHealth({ live_deployment_id: null }, null)).toBe("none");
});
