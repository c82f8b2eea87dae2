import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import middy from "@middy/core";
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import { awsBus } from "../../lib/adapters/eventbridge/bus.ts";
import { presentDeployment } from "../../lib/api/present.ts";
import { configuration } from "../shared/configuration.ts";
import { observed } from "../shared/observability.ts";
import { rowChange } from "../shared/row-change.ts";

const env = configuration("EVENT_BUS");
const { middleware } = observed();
const bus = awsBus(new EventBridgeClient({}), env.EVENT_BUS);
const processor = new BatchProcessor(EventType.DynamoDBStreams);

async function publish(record: DynamoDBRecord): Promise<void> {
  const { before, after } = rowChange(record);
  if (before?.stage === after.stage) return;
  const { name, repo_url } = after.settings;
  await bus.put("Deployment Stage Changed", { ...presentDeployment(after), app_name: name, repo_url });
}

/** Each new stage of a deployment onto the event bus. */
export const handler = middy<DynamoDBStreamEvent, DynamoDBBatchResponse>()
  .use(middleware)
  .handler((event, context) => processPartialResponse(event, publish, processor, { context }));
