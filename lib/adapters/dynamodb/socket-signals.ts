import { type DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { SocketRef, SocketSignals } from "../../core/ports/sockets.ts";
import { deploymentKeys } from "./keys.ts";
import { unlessConditionFails } from "./table.ts";

const keyOf = ({ deployment_id, connection_id }: SocketRef) => deploymentKeys.socket(deployment_id, connection_id);

/** Signals on the rows of sockets. `behind` is what the filter of the pump's event source mapping looks for. */
export function awsSocketSignals(client: DynamoDBDocumentClient, table: string): SocketSignals {
  return {
    retry: async (socket, due) => {
      await unlessConditionFails(
        client.send(
          new UpdateCommand({
            TableName: table,
            Key: keyOf(socket),
            UpdateExpression: "SET retry_at = :now ADD behind :one",
            ConditionExpression: "retry_at = :due",
            ExpressionAttributeValues: { ":now": null, ":due": due, ":one": 1 },
          }),
        ),
      );
    },
    end: async (socket) => {
      await unlessConditionFails(
        client.send(
          new UpdateCommand({
            TableName: table,
            Key: keyOf(socket),
            UpdateExpression: "SET closing = :yes, retry_at = :now ADD behind :one",
            ConditionExpression: "attribute_exists(deployment_id)",
            ExpressionAttributeValues: { ":yes": true, ":now": null, ":one": 1 },
          }),
        ),
      );
    },
  };
}
