// coolify#8445, coolify#11467, apprunner-roadmap#197, dokploy#2065: a roll-back deployed something else, or built again
import { expect, test } from "@jest/globals";
import { decide } from "../../lib/core/deployment/decide.ts";
import { releaseOrder } from "../../lib/core/worker/release-order.ts";
import { someDeployment } from "../support/deployments.ts";

test("a rollback releases the very digest that it names, at once", () => {
  const row = someDeployment({ trigger: "rollback", image_digest: "sha256:old", rollback_of: 3 });
  const decision = decide(row, { type: "admitted" }, "2026-01-01T00:00:01.000Z");
  if (!("next" in decision)) throw new Error(decision.ignored);
  expect(decision.effects).toEqual([{ type: "start_release" }]);
  expect(releaseOrder(decision.next)?.image_digest).toBe("sha256:old");
});
