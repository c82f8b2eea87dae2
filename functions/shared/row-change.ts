import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { DynamoDBRecord } from "aws-lambda";
import { parseDeployment } from "../../lib/adapters/dynamodb/deployments-item.ts";
import type { Deployment } from "../../lib/core/deployment/deployment.ts";

/** The types of the two packages describe the same JSON but not as the same type; what is in it is checked by parsing. */
const rowIn = (image: unknown): Deployment => parseDeployment(unmarshall(image as Record<string, AttributeValue>));

/** What a record of the stream says of a deployment's state. Without a `before` it is new. */
export function rowChange({ dynamodb }: DynamoDBRecord): { before: Deployment | null; after: Deployment } {
  const before = dynamodb?.OldImage === undefined ? null : rowIn(dynamodb.OldImage);
  return { before, after: rowIn(dynamodb?.NewImage) };
}
