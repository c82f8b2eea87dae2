import { type DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { type Attempted, endpointHealthSchema } from "../../core/endpoint.ts";
import type { EndpointHealths } from "../../core/ports/notices.ts";
import { endpointPrefix, noticeKeys } from "./keys.ts";
import { allItems } from "./pages.ts";

const keptSeconds = 90 * 24 * 3600;

/** The health of endpoints in DynamoDB, beside the deliveries of their app. */
export function awsEndpointHealths(client: DynamoDBDocumentClient, table: string): EndpointHealths {
  return {
    list: (appId) =>
      allItems(
        client,
        {
          TableName: table,
          KeyConditionExpression: "app_id = :app AND begins_with(#item, :endpoint)",
          ExpressionAttributeNames: { "#item": "item" },
          ExpressionAttributeValues: { ":app": appId, ":endpoint": endpointPrefix },
          ConsistentRead: true,
        },
        (item) => endpointHealthSchema.parse(item),
      ),
    record: async (appId, { id, addressed_at }, attempted, now) => {
      const { set, values, remove = "" } = changeOf(attempted, now);
      await client.send(
        new UpdateCommand({
          TableName: table,
          Key: noticeKeys.endpoint(appId, id, addressed_at),
          UpdateExpression: `SET endpoint_id = :id, addressed_at = :addressed, expires_at = :expires, ${set} ${remove}`,
          ExpressionAttributeValues: {
            ":id": id,
            ":addressed": addressed_at,
            ":expires": Math.floor(Date.parse(now) / 1000) + keptSeconds,
            ...values,
          },
        }),
      );
    },
  };
}

function changeOf(attempted: Attempted, now: string): { set: string; values: Record<string, string>; remove?: string } {
  switch (attempted.outcome) {
    case "sent":
      return { set: "last_sent_at = :now", values: { ":now": now }, remove: "REMOVE failing_since, last_error" };
    case "postponed":
      return { set: "quiet_until = :until", values: { ":until": attempted.until } };
    case "failed":
      return {
        set: "failing_since = if_not_exists(failing_since, :now), last_error = :error",
        values: { ":now": now, ":error": attempted.error },
      };
  }
}
