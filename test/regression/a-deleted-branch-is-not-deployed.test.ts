// the original: a deleted branch was deployed as commit 000000
import { expect, test } from "@jest/globals";
import { someApp } from "../support/deployments.ts";
import { deliver, pushed, webhookDeps } from "../support/webhooks.ts";

test.each([
  ["as GitHub reports it", { deleted: true, before: "a".repeat(40) }],
  ["recognized by the commit of zeros alone", {}],
])("%s, the push that deletes it is ignored by name", async (_how, change) => {
  const { deps, kept } = webhookDeps();
  kept.apps.set(1, someApp());
  const { data } = await deliver(deps, pushed("0", change));
  expect(data.ignored).toMatch(/^Branch main of .* was deleted: there is nothing to deploy\.$/);
  expect(kept.deployments.size).toBe(0);
});
