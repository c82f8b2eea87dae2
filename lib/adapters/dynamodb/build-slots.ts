import { type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { buildSlotsSchema, noBuilds } from "../../core/build-slots.ts";
import type { BuildSlotStore } from "../../core/ports/builds.ts";
import { unlessConditionFails } from "./table.ts";

const Key = { kind: "builds", key: "slots" };

/** The slots of all builds in the table of the apps, beside the lanes. */
export function awsBuildSlots(client: DynamoDBDocumentClient, table: string): BuildSlotStore {
  return {
    get: async () => {
      const answer = await client.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
      return answer.Item === undefined ? noBuilds : buildSlotsSchema.parse(answer.Item);
    },
    replace: (next) =>
      unlessConditionFails(
        client.send(
          new PutCommand({
            TableName: table,
            Item: { ...Key, ...next },
            ConditionExpression: "attribute_not_exists(kind) OR version = :before",
            ExpressionAttributeValues: { ":before": next.version - 1 },
          }),
        ),
      ),
  };
}
