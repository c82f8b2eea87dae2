// dokploy#4083: an error was caught and only logged
import { expect, test } from "@jest/globals";
import { DeploymentError } from "../../lib/core/worker/errors.ts";
import { giveUp } from "../../lib/core/worker/worker.ts";
import { someApp, someDeployment } from "../support/deployments.ts";
import { workerDeps } from "../support/worker-deps.ts";

test("what broke inside the worker ends the deployment with its cause, for the row, the log and whoever logs it", async () => {
  const deps = workerDeps();
  await deps.apps.create(someApp());
  await deps.deployments.create(someDeployment({ stage: "cloning", outbox: [] }));
  const cause = new Error("the table of apps is not there");
  const error = await giveUp(deps, 7, cause);
  expect(error).toBeInstanceOf(DeploymentError);
  expect(error).toMatchObject({ code: "internal_error", stage: "cloning", deployment_id: 7, cause });
  const row = await deps.deployments.get(7);
  expect(row).toMatchObject({ stage: "failed", failed_stage: "cloning", error_code: "internal_error" });
  expect(row?.error_message).toContain(cause.message);
  const { lines } = await deps.log.read(7, 0, 10);
  expect(lines.at(-1)?.line).toContain(cause.message);
});
