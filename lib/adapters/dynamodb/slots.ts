import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { Slots } from "../../core/ports/infrastructure.ts";
import { candidates } from "./slot-candidates.ts";
import { unlessConditionFails } from "./table.ts";

/** A lease that ends later than any lease can was taken by a clock that was wrong. */
const longestLeaseSeconds = 120;

/** Slots as items, each taken by a conditional put. `lease`: a fresh name for each time one is taken. */
export function awsSlots(
  client: DynamoDBDocumentClient,
  table: string,
  { nowSeconds, lease: freshLease }: { readonly nowSeconds: () => number; readonly lease: () => string },
): Slots {
  return {
    take: async (request) => {
      const now = nowSeconds();
      const lease = freshLease();
      for (const key of candidates(request)) {
        const put = new PutCommand({
          TableName: table,
          Item: { key, lease, expires_at: now + request.leaseSeconds },
          ConditionExpression: "attribute_not_exists(lease) OR expires_at <= :now OR expires_at > :latest",
          ExpressionAttributeValues: { ":now": now, ":latest": now + longestLeaseSeconds },
        });
        if (await unlessConditionFails(client.send(put))) return { key, lease };
      }
      return null;
    },
    free: async ({ key, lease }) => {
      const remove = new DeleteCommand({
        TableName: table,
        Key: { key },
        ConditionExpression: "lease = :lease",
        ExpressionAttributeValues: { ":lease": lease },
      });
      await unlessConditionFails(client.send(remove));
    },
  };
}
