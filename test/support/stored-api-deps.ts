import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { awsApps } from "../../lib/adapters/dynamodb/apps.ts";
import { awsAudit } from "../../lib/adapters/dynamodb/audit.ts";
import { awsCounters } from "../../lib/adapters/dynamodb/counters.ts";
import { awsDeployments } from "../../lib/adapters/dynamodb/deployments.ts";
import { awsReleaseRecords } from "../../lib/adapters/dynamodb/release-records.ts";
import { awsRequests } from "../../lib/adapters/dynamodb/requests.ts";
import { awsRuns } from "../../lib/adapters/dynamodb/runs.ts";
import { awsTokens } from "../../lib/adapters/dynamodb/tokens.ts";
import type { Answer, ApiDeps } from "../../lib/api/deps.ts";
import { ApiError } from "../../lib/api/errors.ts";
import { handle } from "../../lib/api/handle.ts";
import type { Principal } from "../../lib/core/access/principal.ts";
import { apiDeps, hash } from "./api-deps.ts";
import type { AwsInProcess } from "./local-aws.ts";
import { retrying } from "./retrying.ts";

/** The API over the tables of the local DynamoDB, with the time as it is: for what must hold when several ask at once. */
export function storedApiDeps({ documents, table }: AwsInProcess, change: Partial<ApiDeps> = {}): ApiDeps {
  return {
    ...apiDeps().deps,
    deployments: awsDeployments(documents, table("deployments"), table("audit")),
    apps: awsApps(documents, table("apps"), table("audit")),
    records: awsReleaseRecords(documents, table("releases")),
    runs: awsRuns(documents, table("runs"), table("audit")),
    counters: awsCounters(documents, table("counters")),
    audit: awsAudit(documents, table("audit")),
    requests: { ...awsRequests(documents, table("requests"), retrying), take: async () => ({ allowed: true }) },
    tokens: awsTokens(documents, table("tokens"), table("audit")),
    secret: () => hash(randomUUID()),
    pause: (milliseconds) => pause(milliseconds),
    now: () => new Date().toISOString(),
    ...change,
  };
}

export interface Asked {
  readonly as: Principal;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a request is answered, a refusal like any other answer. */
export async function ask(deps: ApiDeps, method: string, address: string, { as, body, headers = {} }: Asked) {
  const { pathname: path, searchParams } = new URL(address, "http://localhost");
  const request = { method, path, query: Object.fromEntries(searchParams), headers, principal: as, csrf: null };
  const json = body === undefined ? null : JSON.stringify(body);
  const answer = await handle(deps, { ...request, body: json, address: "192.0.2.1" }).catch(refusal);
  // biome-ignore lint/suspicious/noExplicitAny: the tests read what the wire carries, and say what it must be.
  return { status: answer.status, body: answer.body as any };
}

function refusal(error: unknown): Answer {
  if (!(error instanceof ApiError)) throw error;
  return { status: error.status, body: { code: error.code, error: error.message, details: error.details } };
}
