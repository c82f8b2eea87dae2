// the original: it cloned the branch's head, not the commit of the push
import { expect, test } from "@jest/globals";
import { someApp } from "../support/deployments.ts";
import { deliver, pushed, webhookWorld } from "../support/webhooks.ts";

test("what is deployed is the commit that the push named, without asking the Git host", async () => {
  const { world, kept } = webhookWorld();
  kept.apps.set(1, someApp());
  await deliver(world, pushed("a"));
  await deliver(world, pushed("b"));
  const rows = [...kept.deployments.values()];
  expect(rows.map(({ commit_hash }) => commit_hash)).toEqual(["a".repeat(40), "b".repeat(40)]);
  expect(world).not.toHaveProperty("heads");
});
