import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import { SQSClient } from "@aws-sdk/client-sqs";
import { SSMClient } from "@aws-sdk/client-ssm";
import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { awsDeliveries } from "../../lib/adapters/dynamodb/deliveries.ts";
import { awsGitHubReports } from "../../lib/adapters/dynamodb/github-reports.ts";
import { documents } from "../../lib/adapters/dynamodb/table.ts";
import { awsNoticeQueue } from "../../lib/adapters/sqs/work-queue.ts";
import { noticeMessageSchema } from "../../lib/core/notice/message.ts";
import { notify } from "../../lib/core/notices/deliver.ts";
import type { NoticesDeps } from "../../lib/core/notices/sending/deps.ts";
import { configuration } from "../shared/configuration.ts";
import { gitHubAsApp } from "../shared/github.ts";
import { observed } from "../shared/observability.ts";
import { awsSending } from "../shared/sending.ts";

const env = configuration("NOTICES_TABLE", "NOTICE_QUEUE_URL");
const { logger, middleware, measure } = observed();
const tables = documents();
const { api, apps, url } = gitHubAsApp(new SSMClient({}));
const deps: NoticesDeps = {
  ...awsSending(measure),
  deliveries: awsDeliveries(tables, env.NOTICES_TABLE),
  queue: awsNoticeQueue(new SQSClient({}), env.NOTICE_QUEUE_URL),
  gitHub: {
    url,
    isConnected: async () => (await apps.get()) !== null,
    api,
    reports: awsGitHubReports(tables, env.NOTICES_TABLE),
  },
  logger,
};

async function deliver(record: SQSRecord): Promise<void> {
  const message = noticeMessageSchema.parse(JSON.parse(record.body));
  try {
    await notify(deps, message);
  } catch (error) {
    const thrown = error instanceof Error ? error : new Error(String(error));
    const about = "run" in message ? { run_id: message.run.id } : { deployment_id: message.deployment.id };
    logger.error("A notice failed", { ...about, error: thrown });
    throw error;
  }
}

const processor = new BatchProcessor(EventType.SQS);

/** Notifies the endpoints of an app of what became of a deployment: each by a message of its own. */
export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(middleware)
  .handler((event, context) => processPartialResponse(event, deliver, processor, { context }));
