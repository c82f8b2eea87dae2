import { type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { type DeliveryKey, deliverySchema } from "../../core/notices/delivery.ts";
import type { Deliveries } from "../../core/ports/notices.ts";
import { padded, unlessConditionFails } from "./table.ts";

const keptSeconds = 14 * 24 * 3600;

/** Deliveries in DynamoDB, beside the health of their app's endpoints. */
export function awsDeliveries(client: DynamoDBDocumentClient, table: string): Deliveries {
  const keyOf = ({ app_id, deployment_id, stage, endpoint_id }: DeliveryKey) => ({
    app_id,
    item: `delivery#${padded(deployment_id)}#${stage}#${endpoint_id}`,
  });
  return {
    get: async (key) => {
      const answer = await client.send(new GetCommand({ TableName: table, Key: keyOf(key), ConsistentRead: true }));
      return answer.Item === undefined ? null : deliverySchema.parse(answer.Item);
    },
    replace: (next, now) =>
      unlessConditionFails(
        client.send(
          new PutCommand({
            TableName: table,
            Item: { ...next, ...keyOf(next), expires_at: Math.floor(Date.parse(now) / 1000) + keptSeconds },
            ConditionExpression: next.version === 1 ? "attribute_not_exists(app_id)" : "version = :before",
            ...(next.version === 1 ? {} : { ExpressionAttributeValues: { ":before": next.version - 1 } }),
          }),
        ),
      ),
  };
}
