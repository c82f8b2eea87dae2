import type { App } from "@slipway/monitor/client";

/** Where Git hosts send what happens. An installation that does not know its own address is where this page came from. */
export const webhookUrlOf = (app: Pick<App, "webhook_url">, origin: string): string =>
  app.webhook_url ?? `${origin}/api/webhooks/github`;

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** A shell script that reports the commit it runs at, for hosts and pipelines that do not sign as GitHub does. */
export function curlOf(app: Pick<App, "branch" | "repo_url">, url: string): string {
  const ref = JSON.stringify(`refs/heads/${app.branch}`);
  const repository = JSON.stringify({ clone_url: app.repo_url });
  return [
    `commit=$(git rev-parse HEAD)`,
    `body=${quoted(`{"ref":${ref},"after":"`)}$commit${quoted(`","repository":${repository}}`)}`,
    `signature=$(printf %s "$body" | openssl dgst -sha256 -hmac "$SLIPWAY_WEBHOOK_SECRET" -r | cut -d ' ' -f 1)`,
    `curl -fsS ${quoted(url)} -H 'Content-Type: application/json' \\`,
    `  -H "X-Hub-Signature-256: sha256=$signature" --data-binary "$body"`,
  ].join("\n");
}
