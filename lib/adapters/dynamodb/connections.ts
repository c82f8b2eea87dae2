import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { Connections } from "../../core/ports/sockets.ts";
import { connectionSchema, noMark, pumpMarkSchema } from "../../core/sockets/connection.ts";
import { deploymentKeys, itemPrefixes } from "./keys.ts";
import { allItems } from "./pages.ts";
import { expiryOf } from "./socket-rows.ts";
import { unlessConditionFails } from "./table.ts";
import { getItem } from "./versioned-item.ts";

const progress =
  "SET #after = :after, live = :live, snapshot_sent = :snapshot_sent, failures = :failures, retry_at = :retry_at";

/** Connections and the pump's mark, in the partition of the deployment that they watch. */
export function awsConnections(client: DynamoDBDocumentClient, table: string, nowSeconds: () => number): Connections {
  return {
    add: async (id, connection) => {
      await client.send(
        new PutCommand({
          TableName: table,
          Item: {
            ...deploymentKeys.socket(id, connection.connection_id),
            ...connection,
            expires_at: expiryOf(connection),
          },
        }),
      );
    },
    list: (id) =>
      allItems(
        client,
        {
          TableName: table,
          KeyConditionExpression: "deployment_id = :id AND begins_with(#item, :connection)",
          // DynamoDB removes what has expired within days, not at once.
          FilterExpression: "expires_at > :now",
          ExpressionAttributeNames: { "#item": "item" },
          ExpressionAttributeValues: { ":id": id, ":connection": itemPrefixes.connection, ":now": nowSeconds() },
          ConsistentRead: true,
        },
        (item) => connectionSchema.parse(item),
      ),
    update: async (id, connection, wake) => {
      // `behind` is what the stream's filter looks for. It counts, so that each write wakes the pump: one that changes nothing is not in the stream.
      await unlessConditionFails(
        client.send(
          new UpdateCommand({
            TableName: table,
            Key: deploymentKeys.socket(id, connection.connection_id),
            UpdateExpression: `${progress} ${wake ? "ADD behind :one" : "REMOVE behind"}`,
            ConditionExpression: "attribute_exists(deployment_id)",
            ExpressionAttributeNames: { "#after": "after" },
            ExpressionAttributeValues: {
              ":after": connection.after,
              ":live": connection.live,
              ":snapshot_sent": connection.snapshot_sent,
              ":failures": connection.failures,
              ":retry_at": connection.retry_at,
              ...(wake ? { ":one": 1 } : {}),
            },
          }),
        ),
      );
    },
    wake: (id, connectionId) =>
      unlessConditionFails(
        client.send(
          new UpdateCommand({
            TableName: table,
            Key: deploymentKeys.socket(id, connectionId),
            UpdateExpression: "ADD behind :one",
            ConditionExpression: "attribute_exists(deployment_id)",
            ExpressionAttributeValues: { ":one": 1 },
          }),
        ),
      ),
    remove: async (id, connectionId) => {
      await client.send(new DeleteCommand({ TableName: table, Key: deploymentKeys.socket(id, connectionId) }));
    },
    mark: async (id) => {
      const item = await getItem(client, table, deploymentKeys.pumped(id));
      return item === undefined ? noMark : pumpMarkSchema.parse(item);
    },
    advance: async (id, mark) => {
      await client.send(new PutCommand({ TableName: table, Item: { ...deploymentKeys.pumped(id), ...mark } }));
    },
  };
}
