import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { Feeds } from "../../core/ports/sockets.ts";
import { type Feed, feedSchema } from "../../core/sockets/feed-socket.ts";
import { deploymentKeys, itemPrefixes, noDeployment } from "./keys.ts";
import { allItems } from "./pages.ts";
import { expiryOf } from "./socket-rows.ts";
import { unlessConditionFails } from "./table.ts";

/** A row as stored. What was missed is a set, to which several add at the same time. */
const feedIn = ({ missed, ...item }: Record<string, unknown>): Feed =>
  feedSchema.parse({ ...item, missed: missed instanceof Set ? [...missed] : [] });

/** The sockets of the feed, in a partition of their own beside those of the deployments. */
export function awsFeeds(client: DynamoDBDocumentClient, table: string, nowSeconds: () => number): Feeds {
  const keyOf = (connection_id: string) => deploymentKeys.socket(null, connection_id);
  const update = async (connectionId: string, UpdateExpression: string, values: Record<string, unknown>) => {
    await unlessConditionFails(
      client.send(
        new UpdateCommand({
          TableName: table,
          Key: keyOf(connectionId),
          UpdateExpression,
          ConditionExpression: "attribute_exists(deployment_id)",
          ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
        }),
      ),
    );
  };
  return {
    add: async ({ missed: _, ...feed }) => {
      const Item = { ...keyOf(feed.connection_id), ...feed, expires_at: expiryOf(feed) };
      await client.send(new PutCommand({ TableName: table, Item }));
    },
    list: () =>
      allItems(
        client,
        {
          TableName: table,
          KeyConditionExpression: "deployment_id = :none AND begins_with(#item, :feed)",
          // DynamoDB removes what has expired within days, not at once.
          FilterExpression: "expires_at > :now",
          ExpressionAttributeNames: { "#item": "item" },
          ExpressionAttributeValues: { ":none": noDeployment, ":feed": itemPrefixes.feed, ":now": nowSeconds() },
          ConsistentRead: true,
        },
        feedIn,
      ),
    missed: async (connectionId, ids, retry) => {
      const add = ids.length === 0 ? "" : "ADD missed :ids";
      const set = retry === null ? "" : "SET failures = :failures, retry_at = :retry_at REMOVE behind";
      await update(connectionId, `${set} ${add}`, {
        ...(ids.length === 0 ? {} : { ":ids": new Set(ids) }),
        ...(retry === null ? {} : { ":failures": retry.failures, ":retry_at": retry.retry_at }),
      });
    },
    reached: async (connectionId, ids) => {
      const removal = ids.length === 0 ? "" : "DELETE missed :ids";
      await update(connectionId, `SET failures = :none, retry_at = :now REMOVE behind ${removal}`, {
        ":none": 0,
        ":now": null,
        ...(ids.length === 0 ? {} : { ":ids": new Set(ids) }),
      });
    },
    remove: async (connectionId) => {
      await client.send(new DeleteCommand({ TableName: table, Key: keyOf(connectionId) }));
    },
  };
}
