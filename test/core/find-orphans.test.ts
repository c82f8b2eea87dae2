import { expect, test } from "@jest/globals";
import type { Finder, Made } from "../../lib/core/ports/infrastructure.ts";
import { findOrphans, isReportDue } from "../../lib/core/worker/find-orphans.ts";
import { work } from "../../lib/core/worker/worker.ts";
import { someApp } from "../support/deployments.ts";
import { workerDeps } from "../support/worker-deps.ts";

const made = (name: string, app_id: number | null, made_at: string | null = null): Made => ({ name, app_id, made_at });
const finding = (kind: string, ...listings: (readonly Made[])[]): Finder => ({
  kind,
  find: async () => (listings.length > 1 ? listings.shift() : listings[0]) ?? [],
});

async function report(finders: readonly Finder[]) {
  const deps = workerDeps({ finders });
  await deps.apps.create(someApp({ id: 1 }));
  await findOrphans(deps);
  return deps.orphanReports.get();
}

test("what belongs to an app is no orphan, and what names none or one that is gone is", async () => {
  const found = await report([
    finding("service", [made("slipway-1", 1), made("slipway-2", 2)]),
    finding("alarm", [made("slipway-x", null)]),
  ]);
  expect(found).toMatchObject({
    orphans: [
      { kind: "service", name: "slipway-2", app_id: 2 },
      { kind: "alarm", name: "slipway-x", app_id: null },
    ],
    unchecked: [],
  });
});

test("the repository of an app that is gone is no orphan while a release of another app needs an image of it", async () => {
  const deps = workerDeps({
    finders: [{ ...finding("repository", [made("apps/2", 2), made("apps/3", 3)]), holdsImages: true }],
  });
  await deps.apps.create(someApp({ id: 1 }));
  const record = { app_id: 1, deployment_id: 7, commit_hash: "a".repeat(40), released_at: deps.now() };
  await deps.records.record({ ...record, image_digest: "sha256:promoted", image_app_id: 2 }, 10);
  for (const [owner_app_id, image_digest] of [
    [2, "sha256:promoted"],
    [3, "sha256:needed by nobody"],
  ] as const)
    await deps.sharedImages.share({ owner_app_id, app_id: 1, image_digest, shared_at: "2000-01-01T00:00:00.000Z" });
  await findOrphans(deps);
  expect((await deps.orphanReports.get())?.orphans).toEqual([{ kind: "repository", name: "apps/3", app_id: 3 }]);
});

test("what is gone a moment later was on its way out", async () => {
  expect(await report([finding("service", [made("slipway-2", 2)], [])])).toMatchObject({ orphans: [] });
});

test("what was made a moment ago may have an app in a moment", async () => {
  const now = workerDeps().now();
  const found = await report([
    finding("parameter", [made("/a/2/NEW", 2, now), made("/a/2/OLD", 2, "2000-01-01T00:00:00.000Z")]),
  ]);
  expect(found?.orphans.map(({ name }) => name)).toEqual(["/a/2/OLD"]);
});

test("a kind that cannot be listed is named, and the others are looked for", async () => {
  const broken: Finder = {
    kind: "service",
    find: async () => {
      throw new Error("You may not.");
    },
  };
  expect(await report([broken, finding("alarm", [made("slipway-2-errors", 2)])])).toMatchObject({
    orphans: [{ kind: "alarm" }],
    unchecked: [{ kind: "service", reason: "You may not." }],
  });
});

test("the sweep has it looked for once an hour", async () => {
  const deps = workerDeps({ finders: [finding("service", [made("slipway-2", 2)])] });
  const asked = () => deps.sent().filter(({ type }) => type === "find_orphans").length;
  await work(deps, { type: "sweep" });
  expect(asked()).toBe(1);
  await work(deps, { type: "find_orphans" });
  await work(deps, { type: "sweep" });
  expect(asked()).toBe(1);
  const found = await deps.orphanReports.get();
  expect(isReportDue(found, deps.now())).toBe(false);
  expect(isReportDue(found && { ...found, checked_at: "2000-01-01T00:00:00.000Z" }, deps.now())).toBe(true);
});
