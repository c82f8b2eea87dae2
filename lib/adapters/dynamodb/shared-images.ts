import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { SharedImages } from "../../core/ports/builds.ts";
import { appKeys, sharedKind } from "./keys.ts";
import { allItems } from "./pages.ts";
import { unlessConditionFails } from "./table.ts";

const schema = z.object({
  owner_app_id: z.number().int(),
  app_id: z.number().int(),
  image_digest: z.string(),
  shared_at: z.string(),
});

/** Which images are shared, in the table of the apps. */
export function awsSharedImages(client: DynamoDBDocumentClient, table: string): SharedImages {
  return {
    share: async (image) => {
      const key = appKeys.shared(image.owner_app_id, image.app_id, image.image_digest);
      await client.send(new PutCommand({ TableName: table, Item: { ...key, ...image } }));
    },
    list: (ownerAppId) =>
      allItems(
        client,
        {
          TableName: table,
          KeyConditionExpression: "kind = :kind",
          ExpressionAttributeValues: { ":kind": sharedKind(ownerAppId) },
          ConsistentRead: true,
        },
        (item) => schema.parse(item),
      ),
    forget: async ({ owner_app_id, app_id, image_digest, shared_at }) => {
      await unlessConditionFails(
        client.send(
          new DeleteCommand({
            TableName: table,
            Key: appKeys.shared(owner_app_id, app_id, image_digest),
            ConditionExpression: "shared_at = :at",
            ExpressionAttributeValues: { ":at": shared_at },
          }),
        ),
      );
    },
  };
}
