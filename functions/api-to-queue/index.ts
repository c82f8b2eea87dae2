import { setTimeout as pause } from "node:timers/promises";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SQSClient } from "@aws-sdk/client-sqs";
import { SSMClient } from "@aws-sdk/client-ssm";
import middy from "@middy/core";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { awsApps } from "../../lib/adapters/apps/aws.ts";
import { awsAudit } from "../../lib/adapters/audit/aws.ts";
import { awsCounters } from "../../lib/adapters/counters/aws.ts";
import { awsDeployments } from "../../lib/adapters/deployments/aws.ts";
import { documents } from "../../lib/adapters/dynamodb/table.ts";
import { awsEndpointAddresses } from "../../lib/adapters/endpoint-addresses/aws.ts";
import { awsEndpointHealths } from "../../lib/adapters/endpoint-health/aws.ts";
import { awsGitTokens } from "../../lib/adapters/git-tokens/aws.ts";
import { gitHubAccounts } from "../../lib/adapters/github/accounts.ts";
import { gitHubManifests } from "../../lib/adapters/github/manifests.ts";
import { awsGitHubApps } from "../../lib/adapters/github-apps/aws.ts";
import { awsHeads } from "../../lib/adapters/heads/aws.ts";
import { outbound } from "../../lib/adapters/outbound/https.ts";
import { awsOutcomes } from "../../lib/adapters/outcomes/aws.ts";
import { awsReleaseRecords } from "../../lib/adapters/release-records/aws.ts";
import { awsRequests } from "../../lib/adapters/requests/aws.ts";
import { awsSecrets } from "../../lib/adapters/secrets/aws.ts";
import { awsTokens } from "../../lib/adapters/tokens/aws.ts";
import { awsWebhookSecret } from "../../lib/adapters/webhook-secret/aws.ts";
import { awsWorkQueue } from "../../lib/adapters/work-queue/aws.ts";
import { handle } from "../../lib/api/handle.ts";
import type { ApiWorld } from "../../lib/api/world.ts";
import { configuration } from "../configuration.ts";
import { answered, corsHeaders, type GatewayAnswer, refusal, toRequest } from "../gateway.ts";
import { now } from "../now.ts";
import { observed } from "../observability.ts";
import { awsRepositoryAccess } from "../repository-access.ts";
import { hash, secret } from "../secrets.ts";

const env = configuration(
  "DEPLOYMENTS_TABLE",
  "APPS_TABLE",
  "RELEASES_TABLE",
  "TOKENS_TABLE",
  "REQUESTS_TABLE",
  "COUNTERS_TABLE",
  "METRICS_TABLE",
  "AUDIT_TABLE",
  "NOTICES_TABLE",
  "WORK_QUEUE_URL",
  "SECRETS_PREFIX",
  "ENDPOINTS_PREFIX",
  "AUTH_MODE",
  "ALLOWED_ORIGINS",
  "EDGE_SECRETS",
  "LOCAL_REPOSITORIES",
  "APP_URL",
  "PUBLIC_URL",
  "LOCAL_ENDPOINTS",
  "GITHUB_URL",
  "GITHUB_API_URL",
  "GITHUB_APP_PARAMETER",
  "GITHUB_WEBHOOK_SECRET_ARN",
  "MAIL_FROM",
);
const { logger, middleware, note } = observed();
const tables = documents();
const ssm = new SSMClient({});

const world: ApiWorld = {
  deployments: awsDeployments(tables, env.DEPLOYMENTS_TABLE),
  apps: awsApps(tables, env.APPS_TABLE),
  records: awsReleaseRecords(tables, env.RELEASES_TABLE),
  outcomes: awsOutcomes(tables, env.METRICS_TABLE),
  audit: awsAudit(tables, env.AUDIT_TABLE),
  counters: awsCounters(tables, env.COUNTERS_TABLE),
  requests: awsRequests(tables, env.REQUESTS_TABLE),
  tokens: awsTokens(tables, env.TOKENS_TABLE),
  secrets: awsSecrets(ssm, env.SECRETS_PREFIX),
  endpointAddresses: awsEndpointAddresses(ssm, env.ENDPOINTS_PREFIX),
  endpointHealths: awsEndpointHealths(tables, env.NOTICES_TABLE),
  outbound: outbound({ loopback: env.LOCAL_ENDPOINTS, publicUrl: env.PUBLIC_URL }),
  gitTokens: awsGitTokens(ssm, env.SECRETS_PREFIX),
  gitHubApps: awsGitHubApps(ssm, env.GITHUB_APP_PARAMETER),
  gitHubAccounts: gitHubAccounts({ url: env.GITHUB_URL, apiUrl: env.GITHUB_API_URL }),
  gitHubManifests: gitHubManifests(env.GITHUB_API_URL),
  webhookSecret: awsWebhookSecret(new SecretsManagerClient({}), env.GITHUB_WEBHOOK_SECRET_ARN),
  gitHubUrl: env.GITHUB_URL,
  heads: awsHeads({
    localRepositories: env.LOCAL_REPOSITORIES,
    gitHub: { url: env.GITHUB_URL, apiUrl: env.GITHUB_API_URL },
    access: awsRepositoryAccess(ssm, { fresh: false, note }),
  }),
  queue: awsWorkQueue(new SQSClient({}), env.WORK_QUEUE_URL),
  authMode: env.AUTH_MODE,
  allowedOrigins: env.ALLOWED_ORIGINS,
  addresses: { appUrl: env.APP_URL, publicUrl: env.PUBLIC_URL },
  localRepositories: env.LOCAL_REPOSITORIES,
  mailFrom: env.MAIL_FROM,
  now,
  pause: (milliseconds) => pause(milliseconds),
  hash,
  secret,
  note,
};

/** The REST API: writes the row, then the message, then answers. */
export const handler = middy<APIGatewayProxyEvent, GatewayAnswer>()
  .use(middleware)
  .handler(async (event) => {
    const request = toRequest(event, env.EDGE_SECRETS);
    const cors = corsHeaders(request.headers, env.ALLOWED_ORIGINS);
    if (request.method === "OPTIONS") return { statusCode: 204, headers: cors, body: "" };
    try {
      return answered(await handle(world, request), cors);
    } catch (error) {
      const answer = refusal(error, event.requestContext.requestId, logger);
      return { ...answer, headers: { ...answer.headers, ...cors } };
    }
  });
