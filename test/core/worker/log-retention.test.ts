import { expect, test } from "@jest/globals";
import type { WorkerDeps } from "../../../lib/core/worker/deps.ts";
import { work } from "../../../lib/core/worker/worker.ts";
import { someApp, someSettings } from "../../support/deployments.ts";
import { workerDeps } from "../../support/worker-deps.ts";

test("how long the lines of a live app are kept follows its settings at once", async () => {
  const kept: unknown[] = [];
  const logGroups: WorkerDeps["logGroups"] = {
    ensure: async ({ app_id, settings }) => void kept.push([app_id, settings.log_retention_days]),
  };
  const deps = workerDeps({ logGroups });
  await deps.apps.create(someApp({ id: 1, live_deployment_id: 7, settings: someSettings({ log_retention_days: 90 }) }));
  await deps.apps.create(someApp({ id: 2, settings: someSettings({ name: "never-released" }) }));
  for (const app_id of [1, 2, 3]) await work(deps, { type: "log_retention", app_id });
  expect(kept).toEqual([[1, 90]]);
});
