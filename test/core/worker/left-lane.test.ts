// A worker that was held up enters the lane for a deployment that ended meanwhile, and dies before it sees that.
import { expect, test } from "@jest/globals";
import { emptyLane } from "../../../lib/core/lane/lane.ts";
import type { Message } from "../../../lib/core/work-queue/message.ts";
import { work } from "../../../lib/core/worker/worker.ts";
import { someDeployment } from "../../support/deployments.ts";
import { workerDeps } from "../../support/worker-deps.ts";

const messages: readonly Message[] = [
  { type: "deployment", deployment_id: 7, event: { type: "woken" } },
  { type: "poll", deployment_id: 7, due: "2026-01-01T00:00:15.000Z" },
];

test.each(messages)("its message comes again, and the lane is free: $type", async (message) => {
  const deps = workerDeps();
  await deps.deployments.create(someDeployment({ stage: "cancelled", outbox: [], next_poll_at: null }));
  await deps.lanes.replace(1, { ...emptyLane, running: 7, highest: 7, version: 1 });
  await work(deps, message);
  expect(await deps.lanes.get(1)).toMatchObject({ running: null, highest: 7 });
});
