import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { ECSClient } from "@aws-sdk/client-ecs";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { IAMClient } from "@aws-sdk/client-iam";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SQSClient } from "@aws-sdk/client-sqs";
import { SSMClient } from "@aws-sdk/client-ssm";
import middy from "@middy/core";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { cachedAppTasks } from "../../lib/adapters/cached/app-tasks.ts";
import { awsUsageMetrics } from "../../lib/adapters/cloudwatch/usage.ts";
import { awsApps } from "../../lib/adapters/dynamodb/apps.ts";
import { awsAudit } from "../../lib/adapters/dynamodb/audit.ts";
import { awsCounters } from "../../lib/adapters/dynamodb/counters.ts";
import { awsDeployments } from "../../lib/adapters/dynamodb/deployments.ts";
import { awsDomains } from "../../lib/adapters/dynamodb/domains.ts";
import { awsEndpointHealths } from "../../lib/adapters/dynamodb/endpoint-health.ts";
import { awsFreezes } from "../../lib/adapters/dynamodb/freezes.ts";
import { awsOrphanReports } from "../../lib/adapters/dynamodb/orphan-reports.ts";
import { awsOutcomes } from "../../lib/adapters/dynamodb/outcomes.ts";
import { awsPlacements } from "../../lib/adapters/dynamodb/placements.ts";
import { awsSharedReadings } from "../../lib/adapters/dynamodb/readings.ts";
import { awsReleaseRecords } from "../../lib/adapters/dynamodb/release-records.ts";
import { awsRequests } from "../../lib/adapters/dynamodb/requests.ts";
import { awsRestarts } from "../../lib/adapters/dynamodb/restarts.ts";
import { awsRuns } from "../../lib/adapters/dynamodb/runs.ts";
import { awsSharedImages } from "../../lib/adapters/dynamodb/shared-images.ts";
import { documents } from "../../lib/adapters/dynamodb/table.ts";
import { awsTokens } from "../../lib/adapters/dynamodb/tokens.ts";
import { awsAppTasks } from "../../lib/adapters/ecs/tasks.ts";
import { awsHeads } from "../../lib/adapters/git/heads.ts";
import { awsHistories } from "../../lib/adapters/git/histories.ts";
import { awsSources } from "../../lib/adapters/git/sources.ts";
import { gitHubAccounts } from "../../lib/adapters/github/accounts.ts";
import { gitHubManifests } from "../../lib/adapters/github/manifests.ts";
import { outbound } from "../../lib/adapters/http/outbound.ts";
import { awsAppRoles } from "../../lib/adapters/iam/app-roles.ts";
import { awsWebhookSecret } from "../../lib/adapters/secretsmanager/webhook-secret-write.ts";
import { awsWorkQueue } from "../../lib/adapters/sqs/work-queue.ts";
import { awsEndpointAddresses } from "../../lib/adapters/ssm/endpoint-addresses.ts";
import { awsGitTokens } from "../../lib/adapters/ssm/git-tokens.ts";
import { awsGitHubApps } from "../../lib/adapters/ssm/github-apps.ts";
import { awsSecrets } from "../../lib/adapters/ssm/secrets.ts";
import type { ApiDeps } from "../../lib/api/deps.ts";
import { handle } from "../../lib/api/handle.ts";
import { configuration } from "../shared/configuration.ts";
import { answered, corsHeaders, type GatewayAnswer, refusal, toRequest } from "../shared/gateway.ts";
import { now, nowSeconds } from "../shared/now.ts";
import { observed } from "../shared/observability.ts";
import { awsRepositoryAccess } from "../shared/repository-access.ts";
import { retrying } from "../shared/retry.ts";
import { hash, secret } from "../shared/secrets.ts";

const env = configuration(
  "DEPLOYMENTS_TABLE",
  "APPS_TABLE",
  "RELEASES_TABLE",
  "RUNS_TABLE",
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
  "APP_DOMAIN",
  "APP_HOSTED_ZONE_ID",
  "PRIVATE_URL",
  "PUBLIC_URL",
  "LOCAL_ENDPOINTS",
  "GITHUB_URL",
  "GITHUB_API_URL",
  "GITHUB_APP_PARAMETER",
  "GITHUB_WEBHOOK_SECRET_ARN",
  "MAIL_FROM",
  "ECS_CLUSTER",
  "NAME_PREFIX",
  "APP_ROLES_ARN",
  "AWS_REGION",
);
const { logger, middleware, measure } = observed();
const retry = retrying(measure);
const tables = documents();
const ssm = new SSMClient({});
/** An answer does not wait for what AWS does not say soon. */
const soon = { maxAttempts: 2, requestHandler: { connectionTimeout: 1000, requestTimeout: 3000 } };

const repositories = {
  localRepositories: env.LOCAL_REPOSITORIES,
  gitHub: { url: env.GITHUB_URL, apiUrl: env.GITHUB_API_URL },
  access: awsRepositoryAccess(ssm, { fresh: false, logger }),
};

const deps: ApiDeps = {
  deployments: awsDeployments(tables, env.DEPLOYMENTS_TABLE, env.AUDIT_TABLE),
  apps: awsApps(tables, env.APPS_TABLE, env.AUDIT_TABLE),
  records: awsReleaseRecords(tables, env.RELEASES_TABLE),
  sharedImages: awsSharedImages(tables, env.APPS_TABLE),
  runs: awsRuns(tables, env.RUNS_TABLE, env.AUDIT_TABLE),
  tasks: cachedAppTasks(
    awsAppTasks(
      { ecs: new ECSClient(soon), elb: new ElasticLoadBalancingV2Client(soon) },
      { cluster: env.ECS_CLUSTER, namePrefix: env.NAME_PREFIX },
      now,
    ),
    () => Date.parse(now()),
  ),
  usage: awsUsageMetrics(
    { cloudWatch: new CloudWatchClient(soon), elb: new ElasticLoadBalancingV2Client(soon) },
    { cluster: env.ECS_CLUSTER, namePrefix: env.NAME_PREFIX },
  ),
  readings: awsSharedReadings(tables, env.REQUESTS_TABLE, nowSeconds),
  restarts: awsRestarts(tables, env.METRICS_TABLE),
  roles: awsAppRoles(new IAMClient(soon), env.APP_ROLES_ARN, env.AWS_REGION),
  outcomes: awsOutcomes(tables, env.METRICS_TABLE),
  audit: awsAudit(tables, env.AUDIT_TABLE),
  counters: awsCounters(tables, env.COUNTERS_TABLE),
  domains: awsDomains(tables, env.APPS_TABLE, env.AUDIT_TABLE),
  placements: awsPlacements(tables, env.APPS_TABLE),
  requests: awsRequests(tables, env.REQUESTS_TABLE, retry),
  tokens: awsTokens(tables, env.TOKENS_TABLE, env.AUDIT_TABLE),
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
  heads: awsHeads(repositories),
  histories: awsHistories(repositories),
  freezes: awsFreezes(tables, env.APPS_TABLE, env.AUDIT_TABLE),
  sources: awsSources(repositories),
  orphanReports: awsOrphanReports(tables, env.APPS_TABLE),
  queue: awsWorkQueue(new SQSClient({}), env.WORK_QUEUE_URL),
  authMode: env.AUTH_MODE,
  allowedOrigins: env.ALLOWED_ORIGINS,
  addresses: {
    appUrl: env.APP_URL,
    domain: env.APP_DOMAIN,
    privateUrl: env.PRIVATE_URL,
    isHosted: env.APP_HOSTED_ZONE_ID !== "",
    publicUrl: env.PUBLIC_URL,
  },
  localRepositories: env.LOCAL_REPOSITORIES,
  mailFrom: env.MAIL_FROM,
  now,
  ...retry,
  hash,
  secret,
  logger,
};

/** The REST API: writes the row, then the message, then answers. */
export const handler = middy<APIGatewayProxyEvent, GatewayAnswer>()
  .use(middleware)
  .handler(async (event) => {
    const request = toRequest(event, env.EDGE_SECRETS);
    const cors = corsHeaders(request.headers, env.ALLOWED_ORIGINS);
    if (request.method === "OPTIONS") return { statusCode: 204, headers: cors, body: "" };
    try {
      return answered(await handle(deps, request), cors);
    } catch (error) {
      const answer = refusal(error, event.requestContext.requestId, logger);
      return { ...answer, headers: { ...answer.headers, ...cors } };
    }
  });
