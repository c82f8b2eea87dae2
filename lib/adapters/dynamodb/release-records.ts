import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { type ReleaseRecord, releaseRecordSchema } from "../../core/deployment/release-record.ts";
import type { ReleaseRecords } from "../../core/ports/releases.ts";
import { allItems } from "./pages.ts";
import { unlessConditionFails } from "./table.ts";

/** The kept releases in DynamoDB. */
export function awsReleaseRecords(client: DynamoDBDocumentClient, table: string): ReleaseRecords {
  const list = (appId: number): Promise<ReleaseRecord[]> =>
    allItems(
      client,
      {
        TableName: table,
        KeyConditionExpression: "app_id = :app",
        ExpressionAttributeValues: { ":app": appId },
        ScanIndexForward: false,
        ConsistentRead: true,
      },
      (item) => releaseRecordSchema.parse(item),
    );
  const forget = async (records: readonly ReleaseRecord[]): Promise<void> => {
    for (const { app_id, deployment_id } of records) {
      await client.send(new DeleteCommand({ TableName: table, Key: { app_id, deployment_id } }));
    }
  };
  return {
    list,
    record: async (release, keep) => {
      const ConditionExpression = "attribute_not_exists(deployment_id)";
      await unlessConditionFails(client.send(new PutCommand({ TableName: table, Item: release, ConditionExpression })));
      await forget((await list(release.app_id)).slice(keep));
    },
    removeAll: async (appId) => forget(await list(appId)),
  };
}
