import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { appKinds } from "./keys.ts";
import { allItems } from "./pages.ts";

/** What whoever changes an installation asks of an app. Rows of another version of Slipway are read as well. */
const installedAppSchema = z.object({ settings: z.object({ name: z.string(), internal: z.boolean().default(false) }) });
type InstalledApp = z.infer<typeof installedAppSchema>["settings"];

/** The apps in an installation's table of apps, those that are being deleted among them. */
export const installedApps = (client: DynamoDBDocumentClient, table: string): Promise<readonly InstalledApp[]> =>
  allItems(
    client,
    {
      TableName: table,
      KeyConditionExpression: "kind = :kind",
      ExpressionAttributeValues: { ":kind": appKinds.app },
      ConsistentRead: true,
    },
    (item) => installedAppSchema.parse(item).settings,
  );

/** The names of the apps that only other apps reach. */
export async function internalApps(table: string, aws: DynamoDBClientConfig = {}): Promise<readonly string[]> {
  const client = new DynamoDBClient(aws);
  try {
    const apps = await installedApps(DynamoDBDocumentClient.from(client), table);
    return apps.filter(({ internal }) => internal).map(({ name }) => name);
  } finally {
    client.destroy();
  }
}
