import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import middy from "@middy/core";
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import { awsBus } from "../../lib/adapters/bus/aws.ts";
import { parseDeployment } from "../../lib/adapters/deployments/aws.ts";
import { presentDeployment } from "../../lib/api/present.ts";
import type { Deployment } from "../../lib/core/deployment.ts";
import { configuration } from "../configuration.ts";
import { observed } from "../observability.ts";

const env = configuration("EVENT_BUS");
const { middleware } = observed();
const bus = awsBus(new EventBridgeClient({}), env.EVENT_BUS);
const processor = new BatchProcessor(EventType.DynamoDBStreams);

/** The types of the two packages describe the same JSON but not as the same type; what is in it is checked by parsing. */
const rowIn = (image: unknown): Deployment => parseDeployment(unmarshall(image as Record<string, AttributeValue>));

async function publish({ dynamodb }: DynamoDBRecord): Promise<void> {
  const after = rowIn(dynamodb?.NewImage);
  const before = dynamodb?.OldImage === undefined ? null : rowIn(dynamodb.OldImage);
  if (before?.stage === after.stage) return;
  await bus.put("Deployment Stage Changed", { ...presentDeployment(after), app_name: after.settings.name });
}

/** Each new stage of a deployment onto the event bus. */
export const handler = middy<DynamoDBStreamEvent, DynamoDBBatchResponse>()
  .use(middleware)
  .handler((event, context) => processPartialResponse(event, publish, processor, { context }));
