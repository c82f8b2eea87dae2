import { expect, test } from "@jest/globals";
import type { Restart } from "../../../lib/core/usage/reading.ts";
import { work } from "../../../lib/core/worker/worker.ts";
import { memoryRestarts } from "../../support/memory-usage.ts";
import { workerDeps } from "../../support/worker-deps.ts";

const restart: Restart = {
  app_id: 1,
  process: "web",
  deployment_id: 12,
  task: "abc",
  stopped_at: "2026-01-01T00:00:00.000Z",
  exit_code: 7,
  reason: "The container exited with code 7.",
};

test("a task that was not to stop is counted once, however often its end is reported; one that was to is not", async () => {
  const restarts = memoryRestarts();
  const stoppedTasks = { see: async (arn: string) => (arn === "crashed" ? restart : null) };
  const deps = workerDeps({ restarts, stoppedTasks });
  for (const task_arn of ["crashed", "replaced", "crashed"]) await work(deps, { type: "task_stopped", task_arn });
  expect(await restarts.list(1, "2026-01-01T00:00:00.000Z")).toEqual([restart]);
});
