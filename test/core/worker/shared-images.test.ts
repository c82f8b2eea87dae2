// Images that other apps release stay for as long as those need them, also when their own app is gone.
import { beforeEach, expect, test } from "@jest/globals";
import { forgetImages } from "../../../lib/core/worker/forget-images.ts";
import { work } from "../../../lib/core/worker/worker.ts";
import { someApp, someDeployment, someSettings } from "../../support/deployments.ts";
import { memoryImages } from "../../support/memory-stores.ts";
import { workerDeps } from "../../support/worker-deps.ts";

const longAgo = "2025-12-31T00:00:00.000Z";
const digest = "sha256:promoted";
const shared = { owner_app_id: 1, app_id: 2, image_digest: digest, shared_at: longAgo };
const record = {
  app_id: 2,
  deployment_id: 9,
  image_digest: digest,
  image_app_id: 1,
  commit_hash: "",
  released_at: longAgo,
};

let kept: Map<number, Map<string, readonly string[]>>;
let deps: ReturnType<typeof workerDeps>;
beforeEach(async () => {
  kept = new Map([[1, new Map([[digest, ["deployment-3-build-1"]]])]]);
  deps = workerDeps({ images: memoryImages(kept) });
  await deps.apps.create(someApp({ id: 2, settings: someSettings({ name: "production" }) }));
  await deps.sharedImages.share(shared);
});
const isThere = () => kept.get(1)?.has(digest) ?? false;
const cleanUp = () => forgetImages(deps, 1, 100);

test("an image that a kept release of another app names stays, and goes when it does not any more", async () => {
  await deps.records.record(record, 10);
  await cleanUp();
  expect(isThere()).toBe(true);
  await deps.records.removeAll(2);
  await cleanUp();
  expect(isThere()).toBe(false);
  expect(await deps.sharedImages.list(1)).toEqual([]);
});

test.each([
  ["that waits for approval", { stage: "awaiting_approval" as const, finished_at: null }],
  ["that was just asked for", { stage: "pending" as const, finished_at: null }],
])("an image of a promotion %s stays", async (_, change) => {
  const row = someDeployment({
    id: 9,
    app_id: 2,
    image_digest: digest,
    image_app_id: 1,
    from_deployment: 3,
    ...change,
  });
  await deps.deployments.create(row);
  await cleanUp();
  expect(isThere()).toBe(true);
  await deps.deployments.replace({ ...row, version: 2, finished_at: longAgo, stage: "cancelled", outbox: [] });
  await cleanUp();
  expect(isThere()).toBe(false);
});

test("an image that was shared a moment ago stays: the row that names it may be written yet", async () => {
  await deps.sharedImages.share({ ...shared, shared_at: deps.now() });
  await cleanUp();
  expect(isThere()).toBe(true);
});

test("the repository of an app that is gone stays while another app's release needs it, and the sweep removes it then", async () => {
  await deps.records.record(record, 10);
  const app = someApp({ id: 1, deleted_at: longAgo });
  await deps.apps.create(app);
  await work(deps, { type: "app_deleted", app_id: 1 });
  expect(await deps.apps.get(1)).toBeNull();
  await work(deps, { type: "sweep" });
  expect(isThere()).toBe(true);
  await deps.records.removeAll(2);
  await work(deps, { type: "sweep" });
  expect(kept.has(1)).toBe(false);
});

test("that it was promoted is noted at the origin, once", async () => {
  await deps.apps.create(someApp({ id: 1, settings: someSettings({ name: "staging" }) }));
  await deps.deployments.create(someDeployment({ id: 3, stage: "success", finished_at: longAgo, outbox: [] }));
  await deps.deployments.create(
    someDeployment({
      id: 9,
      app_id: 2,
      stage: "awaiting_approval",
      from_deployment: 3,
      outbox: [{ type: "note_promotion" }],
      enqueued: ["note_promotion"],
    }),
  );
  for (let again = 0; again < 2; again++)
    await work(deps, { type: "deployment", deployment_id: 9, event: { type: "woken" } });
  expect((await deps.deployments.get(3))?.promoted_to).toEqual([9]);
  expect((await deps.deployments.get(9))?.outbox).toEqual([]);
});
