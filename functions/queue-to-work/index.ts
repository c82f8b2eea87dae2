import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { CodeBuildClient } from "@aws-sdk/client-codebuild";
import { ECSClient } from "@aws-sdk/client-ecs";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { SQSClient } from "@aws-sdk/client-sqs";
import { SSMClient } from "@aws-sdk/client-ssm";
import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { awsApps } from "../../lib/adapters/apps/aws.ts";
import { awsBuildReports } from "../../lib/adapters/build-reports/aws.ts";
import { awsBuilds } from "../../lib/adapters/builds/aws.ts";
import { awsDeployments } from "../../lib/adapters/deployments/aws.ts";
import { documents } from "../../lib/adapters/dynamodb/table.ts";
import { awsHeads } from "../../lib/adapters/heads/aws.ts";
import { awsLanes } from "../../lib/adapters/lanes/aws.ts";
import { awsLog } from "../../lib/adapters/log/aws.ts";
import { awsReleaseRecords } from "../../lib/adapters/release-records/aws.ts";
import { awsReleases } from "../../lib/adapters/releases/aws.ts";
import { awsSecrets } from "../../lib/adapters/secrets/aws.ts";
import { awsWorkQueue } from "../../lib/adapters/work-queue/aws.ts";
import { redactor } from "../../lib/build/redact.ts";
import { messageSchema } from "../../lib/core/message.ts";
import { giveUp, work } from "../../lib/core/worker/worker.ts";
import type { World } from "../../lib/core/worker/world.ts";
import { configuration } from "../configuration.ts";
import { now, nowSeconds } from "../now.ts";
import { observed } from "../observability.ts";
import { releasesOptions } from "../releases-options.ts";
import { secret } from "../secrets.ts";

const env = configuration(
  "DEPLOYMENTS_TABLE",
  "APPS_TABLE",
  "RELEASES_TABLE",
  "WORK_QUEUE_URL",
  "BUILD_PROJECT",
  "SECRETS_PREFIX",
  "LOCAL_REPOSITORIES",
);
const { logger, middleware, note } = observed();
const tables = documents();
const secrets = awsSecrets(new SSMClient({}), env.SECRETS_PREFIX);
const reports = awsBuildReports(tables, env.DEPLOYMENTS_TABLE);

const world: World = {
  deployments: awsDeployments(tables, env.DEPLOYMENTS_TABLE),
  log: awsLog(tables, env.DEPLOYMENTS_TABLE, nowSeconds),
  reports,
  builds: awsBuilds(new CodeBuildClient({}), { project: env.BUILD_PROJECT, reports, now, ticket: secret }),
  releases: awsReleases(
    {
      ecs: new ECSClient({}),
      elb: new ElasticLoadBalancingV2Client({}),
      logs: new CloudWatchLogsClient({}),
      redactionFor: async (appId) => redactor(await secrets.values(appId)),
    },
    releasesOptions(),
  ),
  records: awsReleaseRecords(tables, env.RELEASES_TABLE),
  apps: awsApps(tables, env.APPS_TABLE),
  lanes: awsLanes(tables, env.APPS_TABLE),
  heads: awsHeads({ localRepositories: env.LOCAL_REPOSITORIES }),
  secrets,
  queue: awsWorkQueue(new SQSClient({}), env.WORK_QUEUE_URL),
  holder: secret,
  now,
  note,
};

/** After this many tries the deployment is told, before the message goes to the dead-letter queue. */
const lastTry = 4;

async function workOn(record: SQSRecord): Promise<void> {
  const message = messageSchema.parse(JSON.parse(record.body));
  const context = "deployment_id" in message ? { deployment_id: message.deployment_id } : {};
  try {
    await work(world, message);
  } catch (error) {
    logger.error(`A message of type ${message.type} failed`, {
      ...context,
      error: error instanceof Error ? error : new Error(String(error)),
    });
    if (!("deployment_id" in message) || Number(record.attributes.ApproximateReceiveCount) < lastTry) throw error;
    logger.error("Given up", { ...context, error: await giveUp(world, message.deployment_id, error) });
  }
}

const processor = new BatchProcessor(EventType.SQS);

/** The one worker: each message becomes new versions of rows, and what they want is carried out. */
export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(middleware)
  .handler((event, context) => processPartialResponse(event, workOn, processor, { context }));
