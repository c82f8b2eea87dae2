import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SQSClient } from "@aws-sdk/client-sqs";
import middy from "@middy/core";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { cachedWebhookSecrets } from "../../lib/adapters/cached/webhook-secrets.ts";
import { awsApps } from "../../lib/adapters/dynamodb/apps.ts";
import { awsBranchMarks } from "../../lib/adapters/dynamodb/branch-marks.ts";
import { awsCounters } from "../../lib/adapters/dynamodb/counters.ts";
import { awsDeployments } from "../../lib/adapters/dynamodb/deployments.ts";
import { awsFreezes } from "../../lib/adapters/dynamodb/freezes.ts";
import { awsPushes } from "../../lib/adapters/dynamodb/pushes.ts";
import { awsRequests } from "../../lib/adapters/dynamodb/requests.ts";
import { documents } from "../../lib/adapters/dynamodb/table.ts";
import { secretValues } from "../../lib/adapters/secretsmanager/webhook-secret-read.ts";
import { awsWorkQueue } from "../../lib/adapters/sqs/work-queue.ts";
import { receiveWebhook, type WebhookDeps } from "../../lib/api/webhook.ts";
import { configuration } from "../shared/configuration.ts";
import { type GatewayAnswer, json, lowerCased, refusal } from "../shared/gateway.ts";
import { now, nowSeconds } from "../shared/now.ts";
import { observed } from "../shared/observability.ts";
import { retrying } from "../shared/retry.ts";

const env = configuration(
  "DEPLOYMENTS_TABLE",
  "APPS_TABLE",
  "REQUESTS_TABLE",
  "COUNTERS_TABLE",
  "WORK_QUEUE_URL",
  "GITHUB_WEBHOOK_SECRET_ARN",
  "GITHUB_URL",
);
const { logger, middleware, measure } = observed();
const tables = documents();
const secretsManager = new SecretsManagerClient({});

const deps: WebhookDeps = {
  secrets: cachedWebhookSecrets(() => secretValues(secretsManager, env.GITHUB_WEBHOOK_SECRET_ARN), nowSeconds),
  apps: awsApps(tables, env.APPS_TABLE),
  freezes: awsFreezes(tables, env.APPS_TABLE),
  marks: awsBranchMarks(tables, env.APPS_TABLE),
  deployments: awsDeployments(tables, env.DEPLOYMENTS_TABLE),
  counters: awsCounters(tables, env.COUNTERS_TABLE),
  pushes: awsPushes(tables, env.REQUESTS_TABLE),
  requests: awsRequests(tables, env.REQUESTS_TABLE, retrying(measure)),
  queue: awsWorkQueue(new SQSClient({}), env.WORK_QUEUE_URL),
  gitHubUrl: env.GITHUB_URL,
  now,
  logger,
};

/** Pushes from Git hosts: the rows, then the messages, then the answer. */
export const handler = middy<APIGatewayProxyEvent, GatewayAnswer>()
  .use(middleware)
  .handler(async (event) => {
    try {
      const body = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
      const answer = await receiveWebhook(deps, {
        headers: lowerCased(event.headers),
        body,
        address: event.requestContext.identity.sourceIp,
      });
      return json(answer.status, answer.body);
    } catch (error) {
      return refusal(error, event.requestContext.requestId, logger);
    }
  });
