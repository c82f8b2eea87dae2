import { type Client, type Me, RequestError, UnreachableError } from "@slipway/monitor/client";
import type { CliDeps } from "../system/deps.ts";
import { unreachable } from "../system/unreachable.ts";
import { type Finding, skipped, well, wrong } from "./finding.ts";

/** Certificates and tokens bear less than this; commands show times that are off by as much. */
const longestSkewMs = 30_000;

/** Whether Slipway answers, and what time it is there. */
export async function checkServer(deps: CliDeps, client: Client): Promise<readonly Finding[]> {
  const before = deps.now();
  try {
    const answer: { readonly time?: string } | undefined = await client.health();
    const after = deps.now();
    const time = answer?.time;
    if (time === undefined)
      throw new UnreachableError(client.baseUrl, new SyntaxError("No health, but something else."));
    const skew = Date.parse(time) - (before + after) / 2;
    return [well("server", `${client.baseUrl} is healthy (${after - before} ms)`), skewFinding(skew)];
  } catch (error) {
    return [unhealthy(deps, client, error)];
  }
}

function skewFinding(skew: number): Finding {
  const seconds = Math.round(Math.abs(skew) / 1000);
  if (Math.abs(skew) <= longestSkewMs) return well("clock", "in sync with the server");
  const direction = skew > 0 ? "behind" : "ahead of";
  return wrong(
    "clock",
    `${seconds} s ${direction} the server`,
    "Synchronize it with a time server. Until then, times and expiries are wrong.",
  );
}

function unhealthy(deps: CliDeps, client: Client, error: unknown): Finding {
  if (error instanceof UnreachableError) {
    const { sentence, advice } = unreachable(error, deps.env);
    return wrong("server", sentence, advice);
  }
  if (!(error instanceof RequestError)) throw error;
  return wrong(
    "server",
    `${client.baseUrl} answers ${error.status}: ${error.message}`,
    "Check its logs: <data>/logs/*.jsonl in local mode, the slipway dashboard in CloudWatch on AWS. See docs/runbook.md.",
  );
}

/** Who one is there; `me` is `null` where that is not known. */
export async function checkIdentity(client: Client): Promise<{ finding: Finding; me: Me | null }> {
  try {
    const me = await client.me();
    const apps = me.apps === null ? "all apps" : `the apps ${me.apps.join(", ")}`;
    const may = { viewer: "view", deployer: "view, deploy and approve", admin: "do everything" }[me.role];
    return { finding: well("you", `${me.name}, ${me.role} of ${apps}: you may ${may}`), me };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    const advice =
      error.status === 401 ? "Run slipway login, or set SLIPWAY_TOKEN to a valid token." : "Try again in a moment.";
    return { finding: wrong("you", error.message, advice), me: null };
  }
}

/** Whether GitHub's pushes would be taken. An unsigned ping is refused whenever a secret is set, and changes nothing. */
export async function checkWebhook(
  client: Client,
  apps: readonly { readonly repo_url: string; readonly webhook_url: string | null }[],
): Promise<Finding> {
  const hosted = apps.filter(({ repo_url }) => /^https?:\/\/([\w-]+\.)*github\.com\//.test(repo_url));
  const url = apps[0]?.webhook_url ?? null;
  if (hosted.length === 0) return skipped("webhook", "no app has a repository on GitHub");
  if (url === null)
    return wrong("webhook", "the installation does not know its public URL", "Run npm run deploy, which sets it.");
  const status = await client.environment
    .fetch(`${client.baseUrl}/api/webhooks/github`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-GitHub-Event": "ping", "X-GitHub-Delivery": "slipway-doctor" },
      body: "{}",
    })
    .then(
      (answer) => answer.status,
      () => 0,
    );
  if (status === 401) return well("webhook", `accepts signed pushes at ${url}`);
  if (status === 501) return skipped("webhook", "this version of Slipway does not accept pushes from GitHub");
  if (status === 503)
    return wrong(
      "webhook",
      "no secret is configured, so pushes are rejected",
      `Configure a secret, then add ${url} with that secret to the repository's webhooks on GitHub.`,
    );
  return wrong(
    "webhook",
    status === 0 ? "did not answer" : `answered ${status} to an unsigned ping`,
    "See docs/runbook.md for its logs.",
  );
}
