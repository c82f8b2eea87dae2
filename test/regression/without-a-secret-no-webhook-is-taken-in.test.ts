// the original: with an empty secret it accepted webhooks without a signature
import { expect, test } from "@jest/globals";
import { receiveWebhook } from "../../lib/api/webhook.ts";
import { someApp } from "../support/deployments.ts";
import { pushed, signatureOf, webhookDeps } from "../support/webhooks.ts";

test.each([
  ["without a signature", () => ({})],
  ["signed with an empty secret", (body: string) => ({ "x-hub-signature-256": signatureOf(body, "") })],
])("a push %s is answered 503 while no secret is set", async (_how, headers) => {
  const none = async () => [];
  const { deps, kept } = webhookDeps({ secrets: { known: none, afresh: none } });
  kept.apps.set(1, someApp());
  const body = JSON.stringify(pushed("a"));
  const asked = receiveWebhook(deps, { headers: headers(body), body: Buffer.from(body), address: "192.0.2.1" });
  await expect(asked).rejects.toMatchObject({ code: "webhook_secret_missing", status: 503 });
  expect(kept.deployments.size).toBe(0);
});
