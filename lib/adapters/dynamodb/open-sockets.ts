import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { OpenSockets } from "../../core/ports/sockets.ts";
import { type OpenSocket, openSocketSchema } from "../../core/sockets/open-socket.ts";
import { deploymentKeys, heldBy, itemPrefixes, noDeployment } from "./keys.ts";
import { allItems } from "./pages.ts";
import { expiryOf } from "./socket-rows.ts";

/**
 * Open sockets by the tokens that they are held by, in a partition of their own and not in an index: an index lags, and
 * what a token has just opened must be found when it is revoked in the same moment.
 */
export function awsOpenSockets(client: DynamoDBDocumentClient, table: string, nowSeconds: () => number): OpenSockets {
  const listed = (beginning: string): Promise<readonly OpenSocket[]> =>
    allItems(
      client,
      {
        TableName: table,
        KeyConditionExpression: "deployment_id = :none AND begins_with(#item, :beginning)",
        FilterExpression: "expires_at > :now",
        ExpressionAttributeNames: { "#item": "item" },
        ExpressionAttributeValues: { ":none": noDeployment, ":beginning": beginning, ":now": nowSeconds() },
        ConsistentRead: true,
      },
      socketIn,
    );
  return {
    add: async ({ deployment_id: watched, ...socket }) => {
      const Item = {
        ...socket,
        ...deploymentKeys.holder(socket.token, socket.connection_id),
        watched,
        expires_at: expiryOf(socket),
      };
      await client.send(new PutCommand({ TableName: table, Item }));
    },
    heldBy: (token) => listed(heldBy(token)),
    list: () => listed(itemPrefixes.holder),
    remove: async (token, connectionId) => {
      const Key = deploymentKeys.holder(token, connectionId);
      const answer = await client.send(new DeleteCommand({ TableName: table, Key, ReturnValues: "ALL_OLD" }));
      return answer.Attributes === undefined ? null : socketIn(answer.Attributes);
    },
  };
}

/** `deployment_id` is the table's own key, so which deployment is watched lies under another name. */
const socketIn = (item: Record<string, unknown>): OpenSocket =>
  openSocketSchema.parse({ ...item, deployment_id: item.watched });
