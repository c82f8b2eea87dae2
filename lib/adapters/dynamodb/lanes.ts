import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { emptyLane, laneSchema } from "../../core/lane/lane.ts";
import type { Lanes } from "../../core/ports/deployments.ts";
import { padded, unlessConditionFails } from "./table.ts";

/** Lanes in the table of the apps. */
export function awsLanes(client: DynamoDBDocumentClient, table: string): Lanes {
  const keyOf = (appId: number) => ({ kind: "lane", key: padded(appId) });
  return {
    get: async (appId) => {
      const answer = await client.send(new GetCommand({ TableName: table, Key: keyOf(appId), ConsistentRead: true }));
      return answer.Item === undefined ? emptyLane : laneSchema.parse(answer.Item);
    },
    replace: (appId, next) =>
      unlessConditionFails(
        client.send(
          new PutCommand({
            TableName: table,
            Item: { ...keyOf(appId), ...next },
            // A lane that was removed does not come back by a late write.
            ...(next.version === 1
              ? { ConditionExpression: "attribute_not_exists(kind)" }
              : {
                  ConditionExpression: "version = :before",
                  ExpressionAttributeValues: { ":before": next.version - 1 },
                }),
          }),
        ),
      ),
    remove: async (appId) => {
      await client.send(new DeleteCommand({ TableName: table, Key: keyOf(appId) }));
    },
  };
}
