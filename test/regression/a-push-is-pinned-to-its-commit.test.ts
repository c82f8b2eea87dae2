// the original: it cloned the branch's head, not the commit of the push
import { expect, test } from "@jest/globals";
import { someApp } from "../support/deployments.ts";
import { deliver, pushed, webhookDeps } from "../support/webhooks.ts";

test("what is deployed is the commit that the push named, without asking the Git host", async () => {
  const { deps, kept } = webhookDeps();
  kept.apps.set(1, someApp());
  await deliver(deps, pushed("a"));
  await deliver(deps, pushed("b"));
  const rows = [...kept.deployments.values()];
  expect(rows.map(({ commit_hash }) => commit_hash)).toEqual(["a".repeat(40), "b".repeat(40)]);
  expect(deps).not.toHaveProperty("heads");
});
