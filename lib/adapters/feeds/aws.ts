import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { type Feeds, feedSchema } from "../../ports/feeds.ts";
import { allItems } from "../dynamodb/pages.ts";

/** API Gateway closes a connection after 2 hours at the latest. */
const longestLifeSeconds = 2 * 3600;
/** Deployments are numbered from 1, so this partition is none's. */
const noDeployment = 0;

/** The sockets of the feed, in a partition of their own beside those of the deployments. Their name wakes no reader of the stream. */
export function awsFeeds(client: DynamoDBDocumentClient, table: string, nowSeconds: () => number): Feeds {
  const keyOf = (connectionId: string) => ({ deployment_id: noDeployment, item: `feed#${connectionId}` });
  return {
    add: async (feed) => {
      const expires_at = nowSeconds() + longestLifeSeconds;
      await client.send(
        new PutCommand({ TableName: table, Item: { ...keyOf(feed.connection_id), ...feed, expires_at } }),
      );
    },
    list: () =>
      allItems(
        client,
        {
          TableName: table,
          KeyConditionExpression: "deployment_id = :none AND begins_with(#item, :feed)",
          ExpressionAttributeNames: { "#item": "item" },
          ExpressionAttributeValues: { ":none": noDeployment, ":feed": "feed#" },
          ConsistentRead: true,
        },
        (item) => feedSchema.parse(item),
      ),
    remove: async (connectionId) => {
      await client.send(new DeleteCommand({ TableName: table, Key: keyOf(connectionId) }));
    },
  };
}
