// coolify#2803: two apps of one repository, and one push deployed the wrong one, or both
import { expect, test } from "@jest/globals";
import type { Settings } from "../../lib/core/app.ts";
import { someApp, someSettings } from "../support/deployments.ts";
import { deliver, pushed, webhookDeps } from "../support/webhooks.ts";

const deployedBy = async (payload: unknown, apps: readonly Partial<Settings>[]) => {
  const { deps, kept } = webhookDeps();
  for (const [index, settings] of apps.entries()) {
    kept.apps.set(index + 1, someApp({ id: index + 1, settings: someSettings(settings) }));
  }
  await deliver(deps, payload);
  return [...kept.deployments.values()].map(({ app_id }) => app_id).sort();
};

test("by their branches", async () => {
  const apps = [{ branch: "main" }, { branch: "next" }];
  expect(await deployedBy(pushed("a", { ref: "refs/heads/next" }), apps)).toEqual([2]);
});

test("by their root directories", async () => {
  const commits = [{ id: "a".repeat(40), modified: ["api/server.ts"] }];
  const apps = [{ root_dir: "web" }, { root_dir: "api" }, { root_dir: "." }];
  expect(await deployedBy(pushed("a", { before: "b".repeat(40), commits }), apps)).toEqual([2, 3]);
});

test("from apps of a repository whose name only begins alike", async () => {
  const apps = [
    { repo_url: "https://git.example.com/shop-api" },
    { repo_url: "https://git.example.com/team/shop" },
    {},
  ];
  expect(await deployedBy(pushed("a"), apps)).toEqual([3]);
});
