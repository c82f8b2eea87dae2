// dokploy#3506: a deleted app's job blocked the queue
import { expect, test } from "@jest/globals";
import type { Message } from "../../lib/core/work-queue/message.ts";
import { work } from "../../lib/core/worker/worker.ts";
import { someApp, someDeployment } from "../support/deployments.ts";
import { workerDeps } from "../support/worker-deps.ts";

const messages: readonly Message[] = [
  { type: "deployment", deployment_id: 99, event: { type: "woken" } },
  { type: "poll", deployment_id: 99, due: "2026-01-01T00:00:00.000Z" },
  { type: "build_reported", deployment_id: 99, attempt: 1 },
  { type: "build_changed", build_id: "gone" },
  { type: "service_changed", service_arn: "gone" },
  { type: "app_deleted", app_id: 99 },
];

test.each(messages)("$type, about what no longer exists, is logged and sends nothing", async (message) => {
  const deps = workerDeps();
  await work(deps, message);
  expect(deps.sent()).toEqual([]);
});

test("a deployment whose app was deleted before its turn ends cancelled, without a build", async () => {
  const deps = workerDeps();
  await deps.apps.create(someApp({ deleted_at: "2026-01-01T00:00:00.000Z" }));
  await deps.deployments.create(someDeployment());
  await work(deps, { type: "deployment", deployment_id: 7, event: { type: "woken" } });
  expect(await deps.deployments.get(7)).toMatchObject({ stage: "cancelled", outbox: [], log_complete: true });
});
