// Versions of secrets are there for as long as somebody names them, and no longer.
import { beforeEach, expect, test } from "@jest/globals";
import type { Settings } from "../../../lib/core/app.ts";
import { work } from "../../../lib/core/worker/worker.ts";
import { someApp, someDeployment, someSettings } from "../../support/deployments.ts";
import { memorySecrets } from "../../support/memory-stores.ts";
import { workerDeps } from "../../support/worker-deps.ts";

const longAgo = "2025-12-31T00:00:00.000Z";
const justNow = "2026-01-01T00:00:00.000Z";
const versioned = (version: string): Partial<Settings> => ({ secrets: ["KEY"], secret_versions: { KEY: version } });
const ended = (id: number, version: string) =>
  someDeployment({ id, stage: "success", finished_at: longAgo, outbox: [], configuration: id }, versioned(version));
const record = (deployment_id: number) => ({
  app_id: 1,
  deployment_id,
  image_digest: `sha256:${deployment_id}`,
  commit_hash: "",
  released_at: longAgo,
});

let kept: Map<number, Map<string, { readonly value: string; readonly written_at: string }>>;
let deps: ReturnType<typeof workerDeps>;
beforeEach(() => {
  kept = new Map();
  deps = workerDeps({ secrets: memorySecrets(() => longAgo, kept) });
});

const lie = (...names: readonly string[]) =>
  deps.secrets.put(1, Object.fromEntries(names.map((name) => [name, "value"])));
const left = () => [...(kept.get(1)?.keys() ?? [])].sort();
const look = () => work(deps, { type: "secrets_written", app_id: 1 });

test("what the app, the live, a kept or an unfinished release names stays, and the rest goes", async () => {
  await deps.apps.create(someApp({ settings: someSettings(versioned("now")), live_deployment_id: 2 }));
  for (const row of [ended(1, "kept"), ended(2, "live"), ended(3, "failed")]) await deps.deployments.create(row);
  await deps.deployments.create(someDeployment({ id: 4, stage: "deploying", configuration: 4 }, versioned("running")));
  await deps.records.record(record(1), 10);
  await lie("KEY.now", "KEY.live", "KEY.kept", "KEY.running", "KEY.failed", "KEY", "OTHER.now", "git-token");
  await look();
  expect(left()).toEqual(["KEY.kept", "KEY.live", "KEY.now", "KEY.running", "git-token"]);
});

test("secrets of builds stay for what may be built yet: the app, and deployments under way", async () => {
  const ofBuilds = (version: string): Partial<Settings> => ({
    build_secrets: ["npm.rc", "old"],
    build_secret_versions: { "npm.rc": version },
  });
  await deps.apps.create(someApp({ settings: someSettings(ofBuilds("now")), live_deployment_id: 2 }));
  const live = { stage: "success", finished_at: longAgo, configuration: 2 } as const;
  await deps.deployments.create(someDeployment({ ...live, id: 2, outbox: [] }, ofBuilds("live")));
  await deps.deployments.create(someDeployment({ id: 4, stage: "building", configuration: 4 }, ofBuilds("running")));
  await lie("build/npm.rc/now", "build/npm.rc/running", "build/npm.rc/live", "build/npm.rc", "build/old", "build/gone");
  await look();
  expect(left()).toEqual(["build/npm.rc/now", "build/npm.rc/running", "build/old"]);
});

test("one from before there were versions stays for as long as a release names it", async () => {
  await deps.apps.create(someApp({ settings: someSettings(versioned("now")) }));
  await deps.deployments.create(
    someDeployment({ id: 1, stage: "success", finished_at: longAgo }, { secrets: ["KEY"], secret_versions: {} }),
  );
  await deps.records.record(record(1), 10);
  await lie("KEY", "KEY.now");
  await look();
  expect(left()).toEqual(["KEY", "KEY.now"]);
  await deps.records.removeAll(1);
  await look();
  expect(left()).toEqual(["KEY.now"]);
});

test("what was written a moment ago stays: the row that names it may be written yet", async () => {
  await deps.apps.create(someApp({ settings: someSettings(versioned("now")) }));
  await lie("KEY.now", "KEY.old");
  kept.get(1)?.set("KEY.coming", { value: "value", written_at: justNow });
  await look();
  expect(left()).toEqual(["KEY.coming", "KEY.now"]);
  // If it is not written, somebody looks once more.
  expect(deps.sent()).toContainEqual({ type: "secrets_written", app_id: 1 });
});

test("nothing goes while a deployment is about to take the app's settings: it may have read those of before", async () => {
  await deps.apps.create(someApp({ settings: someSettings(versioned("now")) }));
  await deps.deployments.create(someDeployment({ id: 4 }));
  await lie("KEY.now", "KEY.before");
  await look();
  expect(left()).toEqual(["KEY.before", "KEY.now"]);
});

test("of an app that was never created, or is gone, nothing stays", async () => {
  await lie("KEY.now", "build/KEY", "git-token");
  await look();
  expect(left()).toEqual([]);
});
