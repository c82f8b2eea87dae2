import { type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { Restarts } from "../../core/ports/usage.ts";
import { type Restart, restartSchema, restartsKeptDays } from "../../core/usage/reading.ts";
import { restartKey } from "./keys.ts";
import { allItems } from "./pages.ts";

const daySeconds = 24 * 3600;

/** All of the item follows from the task: to put it again is to put the same. */
const itemOf = (restart: Restart) => ({
  ...restart,
  ...restartKey(restart.app_id, restart.stopped_at, restart.task),
  expires_at: Math.floor(Date.parse(restart.stopped_at) / 1000) + restartsKeptDays * daySeconds,
});

/** Restarts in the table of metrics: one item each, in the partition of its app, sorted by when the task stopped. */
export function awsRestarts(client: DynamoDBDocumentClient, table: string): Restarts {
  return {
    record: async (restart) => {
      await client.send(new PutCommand({ TableName: table, Item: itemOf(restart) }));
    },
    list: (appId, since) =>
      allItems(
        client,
        {
          TableName: table,
          KeyConditionExpression: "app_id = :app AND ended BETWEEN :since AND :end",
          ExpressionAttributeValues: {
            ":app": appId,
            ":since": restartKey(appId, since, "").ended,
            ":end": restartKey(appId, "9999", "").ended,
          },
          ConsistentRead: true,
        },
        (item) => restartSchema.parse(item),
      ),
  };
}
