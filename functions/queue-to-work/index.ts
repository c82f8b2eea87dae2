import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { messageSchema } from "../../lib/core/work-queue/message.ts";
import { giveUp, giveUpRun, work } from "../../lib/core/worker/worker.ts";
import { nowSeconds } from "../shared/now.ts";
import { observed } from "../shared/observability.ts";
import { awsDeps } from "./deps.ts";

const { logger, middleware, measure } = observed();
const deps = awsDeps({ logger, measure });

/** After this many tries the deployment is failed, before the message goes to the dead-letter queue. */
const lastTry = 4;

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/** How long a message was on the queue. Of one that comes again that includes its earlier tries. */
const queuedSeconds = ({ attributes }: SQSRecord): number =>
  Math.max(0, nowSeconds() - Number(attributes.SentTimestamp) / 1000);

async function workOn(record: SQSRecord): Promise<void> {
  const message = messageSchema.parse(JSON.parse(record.body));
  const context =
    "deployment_id" in message
      ? { deployment_id: message.deployment_id }
      : "run_id" in message
        ? { run_id: message.run_id }
        : {};
  const receives = Number(record.attributes.ApproximateReceiveCount);
  try {
    await work(deps, message, { queuedSeconds: queuedSeconds(record), isRepeat: receives > 1 });
  } catch (error) {
    logger.error(`A message of type ${message.type} failed`, { ...context, error: asError(error) });
    if (receives < lastTry) throw error;
    if ("run_id" in message) return giveUpRun(deps, message.run_id, error);
    if (!("deployment_id" in message)) throw error;
    logger.error("Given up", { ...context, error: await giveUp(deps, message.deployment_id, error) });
  }
}

const processor = new BatchProcessor(EventType.SQS);

/** The one worker: each message becomes new versions of rows, and the effects that they enqueue are carried out. */
export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(middleware)
  .handler((event, context) => processPartialResponse(event, workOn, processor, { context }));
