import { createHmac } from "node:crypto";
import { receiveWebhook, type WebhookDeps } from "../../lib/api/webhook.ts";
import { apiDeps, type Kept } from "./api-deps.ts";
import { memoryCounters, memoryMarks, memoryPushes } from "./memory-pushes.ts";

export const webhookSecret = "It's a Secret to Everybody";

/** The signature of a body as GitHub makes it. */
export const signatureOf = (body: string, secret = webhookSecret): string =>
  `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;

/** An intake over memory, with one secret. */
export function webhookDeps(change: Partial<WebhookDeps> = {}): {
  readonly deps: WebhookDeps;
  readonly kept: Kept;
} {
  const { deps, kept } = apiDeps();
  const secrets = { known: async () => [webhookSecret], afresh: async () => [webhookSecret] };
  const deployments = {
    create: async (row: Parameters<WebhookDeps["deployments"]["create"]>[0]) =>
      !kept.deployments.has(row.id) && Boolean(kept.deployments.set(row.id, row)),
  };
  const { apps, freezes, queue, requests, gitHubUrl, now, logger } = deps;
  const own = { pushes: memoryPushes(), marks: memoryMarks(), counters: memoryCounters() };
  return {
    deps: { secrets, deployments, apps, freezes, queue, requests, gitHubUrl, now, logger, ...own, ...change },
    kept,
  };
}

/** A body that was signed, delivered as GitHub does. */
export async function deliver(deps: WebhookDeps, payload: unknown, headers: Readonly<Record<string, string>> = {}) {
  const body = typeof payload === "string" ? payload : JSON.stringify(payload);
  const signed = { "content-type": "application/json", "x-hub-signature-256": signatureOf(body), ...headers };
  const answer = await receiveWebhook(deps, {
    headers: signed,
    body: new TextEncoder().encode(body),
    address: "192.0.2.1",
  });
  // biome-ignore lint/suspicious/noExplicitAny: the tests read what the wire carries, and say what it must be.
  return { status: answer.status, data: (answer.body as any).data };
}

/** A push as any host may report it. */
export const pushed = (after: string, change: Readonly<Record<string, unknown>> = {}) => ({
  ref: "refs/heads/main",
  after: after.repeat(40).slice(0, 40),
  repository: { clone_url: "https://git.example.com/shop.git" },
  ...change,
});
