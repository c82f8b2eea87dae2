// A worker that was held up while others went on: what it starts is stopped, and what it notes of the app is refused.
import { expect, test } from "@jest/globals";
import { releasedSettings } from "../../../lib/core/configuration/configuration.ts";
import type { Deployment } from "../../../lib/core/deployment/deployment.ts";
import { plusSeconds } from "../../../lib/core/time.ts";
import { work } from "../../../lib/core/worker/worker.ts";
import { someApp, someDeployment, someSettings } from "../../support/deployments.ts";
import { workerDeps } from "../../support/worker-deps.ts";

const digest = `sha256:${"a".repeat(64)}`;
const liveSettings = releasedSettings(someSettings());

const released = (change: Partial<Deployment>): Deployment =>
  someDeployment({ id: 9, stage: "success", image_digest: digest, url: "http://shop", ...change });

test.each([
  [0, "is looked for again while ECS may not show it yet", ["stop_orphaned_release"]],
  [61, "is given up a minute later", []],
])("a start that came through %d s ago and is not seen %s", async (seconds, _what, left) => {
  const asked: string[] = [];
  const usual = workerDeps();
  const stopAllButLive = async () => {
    asked.push("stopAllButLive");
    return "absent" as const;
  };
  const deps = { ...usual, releases: { ...usual.releases, stopAllButLive } };
  await deps.apps.create(someApp({ live_deployment_id: 9 }));
  const since = plusSeconds(deps.now(), -seconds);
  const orphan = { type: "stop_orphaned_release", task_definition: "app:4", since } as const;
  await deps.deployments.create(released({ outbox: [orphan] }));
  await work(deps, { type: "deployment", deployment_id: 9, event: { type: "woken" } });
  expect(asked).not.toEqual([]);
  expect((await deps.deployments.get(9))?.outbox.map(({ type }) => type)).toEqual(left);
});

test("a release is not noted as live where a later one was noted meanwhile", async () => {
  const usual = workerDeps();
  const name = async () => {
    await usual.apps.setLive(1, {
      deployment_id: 12,
      replaces: null,
      name: "shop",
      load_balancer_url: null,
      pin: null,
      live_settings: liveSettings,
      former_names: [],
    });
    return true;
  };
  const deps = { ...usual, releases: { ...usual.releases, name } };
  await deps.apps.create(someApp());
  await deps.deployments.create(
    released({ stage: "deploying", finished_at: null, outbox: [{ type: "record_release" }] }),
  );
  await work(deps, { type: "deployment", deployment_id: 9, event: { type: "woken" } });
  expect(await deps.apps.get(1)).toMatchObject({ live_deployment_id: 12 });
  expect((await deps.deployments.get(9))?.outbox).toContainEqual({ type: "record_release" });
});
