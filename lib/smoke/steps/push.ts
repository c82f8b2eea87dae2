import { createHmac } from "node:crypto";
import type { App } from "@slipway/monitor/client";
import type { StepDeps } from "./step.ts";

/** Delivers a push of the app's last commit, as GitHub does. `wrong`: what it is signed with in place of the secret. */
export async function delivered(
  { name, session, source }: StepDeps,
  app: App,
  wrong: string | null,
): Promise<{ readonly status: number; readonly id: number | null }> {
  const { client, webhookSecret } = await session();
  const { items } = await client.listDeployments({ appId: app.id });
  const after = items.find(({ commit_hash }) => commit_hash !== "")?.commit_hash ?? "";
  const body = JSON.stringify({
    ref: `refs/heads/${source.branch}`,
    after,
    repository: { clone_url: app.repo_url },
    head_commit: { message: "Smoke run" },
    pusher: { name: "smoke" },
  });
  const signature = createHmac("sha256", wrong ?? webhookSecret ?? "")
    .update(body)
    .digest("hex");
  const answer = await fetch(`${client.baseUrl}/api/webhooks/github`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-GitHub-Event": "push",
      "X-GitHub-Delivery": `${name}-webhook`,
      "X-Hub-Signature-256": `sha256=${signature}`,
    },
    body,
  });
  const answered = (await answer.json()) as { readonly data?: { readonly deployment_id?: number | null } };
  return { status: answer.status, id: answered.data?.deployment_id ?? null };
}
