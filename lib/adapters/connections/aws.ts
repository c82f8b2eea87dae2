import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { type Connections, connectionSchema, markSchema, noMark } from "../../ports/connections.ts";
import { allItems } from "../dynamodb/pages.ts";
import { unlessConditionFails } from "../dynamodb/table.ts";

/** API Gateway closes a connection after 2 hours at the latest. */
const longestLifeSeconds = 2 * 3600;

/** Connections and the pump's mark, in the partition of the deployment that they watch. */
export function awsConnections(client: DynamoDBDocumentClient, table: string, nowSeconds: () => number): Connections {
  const keyOf = (id: number, connectionId: string) => ({ deployment_id: id, item: `connection#${connectionId}` });
  return {
    add: async (id, connection) => {
      await client.send(
        new PutCommand({
          TableName: table,
          Item: {
            ...keyOf(id, connection.connection_id),
            ...connection,
            expires_at: nowSeconds() + longestLifeSeconds,
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
          ExpressionAttributeNames: { "#item": "item" },
          ExpressionAttributeValues: { ":id": id, ":connection": "connection#" },
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
            Key: keyOf(id, connection.connection_id),
            UpdateExpression: wake
              ? "SET #after = :after, live = :live, greeted = :greeted ADD behind :one"
              : "SET #after = :after, live = :live, greeted = :greeted REMOVE behind",
            ConditionExpression: "attribute_exists(deployment_id)",
            ExpressionAttributeNames: { "#after": "after" },
            ExpressionAttributeValues: {
              ":after": connection.after,
              ":live": connection.live,
              ":greeted": connection.greeted,
              ...(wake ? { ":one": 1 } : {}),
            },
          }),
        ),
      );
    },
    remove: async (id, connectionId) => {
      await client.send(new DeleteCommand({ TableName: table, Key: keyOf(id, connectionId) }));
    },
    mark: async (id) => {
      const answer = await client.send(
        new GetCommand({ TableName: table, Key: { deployment_id: id, item: "pumped" }, ConsistentRead: true }),
      );
      return answer.Item === undefined ? noMark : markSchema.parse(answer.Item);
    },
    advance: async (id, mark) => {
      await client.send(new PutCommand({ TableName: table, Item: { deployment_id: id, item: "pumped", ...mark } }));
    },
  };
}
