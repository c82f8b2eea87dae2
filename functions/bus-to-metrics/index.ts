import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { awsOutcomes } from "../../lib/adapters/dynamodb/outcomes.ts";
import { documents } from "../../lib/adapters/dynamodb/table.ts";
import { outcomeOf, workingTime } from "../../lib/core/metrics/outcome.ts";
import { configuration } from "../shared/configuration.ts";
import { observed } from "../shared/observability.ts";

const env = configuration("METRICS_TABLE");
const { logger, middleware, measure } = observed();
const outcomes = awsOutcomes(documents(), env.METRICS_TABLE);
const processor = new BatchProcessor(EventType.SQS);

async function record({ body, messageId }: SQSRecord): Promise<void> {
  try {
    const outcome = outcomeOf(JSON.parse(body));
    await outcomes.record(outcome);
    const { deployment_id, app_id, stage } = outcome;
    measure(stage === "success" ? "DeploymentsSucceeded" : "DeploymentsFailed", 1);
    if (stage === "success") measure("WorkingTime", workingTime(outcome));
    logger.info("The outcome was recorded", { deployment_id, app_id, stage });
  } catch (error) {
    logger.error("An outcome was not recorded", {
      message_id: messageId,
      payload: body,
      error: error instanceof Error ? error : new Error(String(error)),
    });
    throw error;
  }
}

/** How each deployment ended, into the table that metrics are read from. */
export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(middleware)
  .handler((event, context) => processPartialResponse(event, record, processor, { context }));
