// the original: a deleted branch was deployed as commit 000000
import { expect, test } from "@jest/globals";
import { someApp } from "../support/deployments.ts";
import { deliver, pushed, webhookWorld } from "../support/webhooks.ts";

test.each([
  ["as GitHub tells it", { deleted: true, before: "a".repeat(40) }],
  ["told by the commit of zeros alone", {}],
])("%s, the push that deletes it is ignored by name", async (_how, change) => {
  const { world, kept } = webhookWorld();
  kept.apps.set(1, someApp());
  const { data } = await deliver(world, pushed("0", change));
  expect(data.ignored).toMatch(/^Branch main of .* was deleted: there is nothing to deploy\.$/);
  expect(kept.deployments.size).toBe(0);
});
