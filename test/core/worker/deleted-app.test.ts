// What goes on at a deployment while somebody deletes its app.
import { expect, test } from "@jest/globals";
import { unknownRelease } from "../../../lib/core/deployment/draft.ts";
import type { Releases } from "../../../lib/core/ports/releases.ts";
import { work } from "../../../lib/core/worker/worker.ts";
import { someApp, someDeployment } from "../../support/deployments.ts";
import { workerDeps } from "../../support/worker-deps.ts";

test("a push whose app goes while the Git host is asked is cancelled, and replaced by nobody", async () => {
  const head = "b".repeat(40);
  const deps = workerDeps({
    heads: {
      resolve: async () => {
        await deps.apps.remove(someApp());
        return { outcome: "resolved", commit: head, message: "Fix" };
      },
      poll: async () => ({ outcome: "unchanged" }),
      identify: async () => null,
    },
  });
  await deps.apps.create(someApp());
  await deps.deployments.create(someDeployment({ id: 7, trigger: "webhook", commit_hash: head }));
  await deps.deployments.create(someDeployment({ id: 8, trigger: "webhook", commit_hash: "a".repeat(40) }));
  await deps.lanes.replace(1, { ...(await deps.lanes.get(1)), highest: 8, version: 1 });
  await work(deps, { type: "deployment", deployment_id: 7, event: { type: "woken" } });
  expect(await deps.deployments.get(7)).toMatchObject({
    stage: "cancelled",
    message: "Cancelled by Slipway: the app was deleted",
  });
});

test("what comes through after an app was removed is removed as well", async () => {
  const answers = [false, true];
  const removed: number[] = [];
  const releases: Releases = {
    ...workerDeps().releases,
    remove: async ({ id }) => {
      removed.push(id);
      return answers.shift() ?? true;
    },
  };
  const deps = workerDeps({ releases });
  await deps.deployments.create(
    someDeployment({
      stage: "cancelled",
      image_digest: "sha256:1",
      release: { ...unknownRelease, running: false, task_definition: null, load_balancer_url: null },
      finished_at: "2025-12-31T00:00:00.000Z",
      outbox: [{ type: "confirm_stopped" }],
      enqueued: ["confirm_stopped"],
    }),
  );
  const wake = () => work(deps, { type: "deployment", deployment_id: 7, event: { type: "woken" } });
  await wake();
  expect(await deps.deployments.get(7)).toMatchObject({ outbox: [{ type: "confirm_stopped" }] });
  await wake();
  expect(await deps.deployments.get(7)).toMatchObject({ outbox: [] });
  expect(removed).toEqual([1, 1]);
});
