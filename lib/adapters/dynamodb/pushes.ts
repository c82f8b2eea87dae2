import { type DynamoDBDocumentClient, PutCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Pushes } from "../../core/ports/git.ts";
import { requestKeys } from "./keys.ts";
import { unlessConditionFails } from "./table.ts";
import { getItem } from "./versioned-item.ts";

type Key = ReturnType<typeof requestKeys.push>;

const keptSeconds = 4 * 24 * 3600;
const claimSchema = z.object({ id: z.number().int() });
const pushOutcomeSchema = z.object({
  deployment_ids: z.array(z.number().int()),
  ignored: z.string().nullable(),
  expires_at: z.number(),
});

/** Pushes and deliveries in DynamoDB, in the table of the requests. */
export function awsPushes(client: DynamoDBDocumentClient, table: string): Pushes {
  const unlessThere = (key: Key, values: object, nowSeconds: number) => ({
    TableName: table,
    Item: { ...values, ...key, expires_at: nowSeconds + keptSeconds },
    ConditionExpression: "attribute_not_exists(#key) OR expires_at <= :now",
    ExpressionAttributeNames: { "#key": "key" },
    ExpressionAttributeValues: { ":now": nowSeconds },
  });

  /** Puts the first item under a key, and answers the one that lies there. */
  const first = async (key: Key, values: object, nowSeconds: number): Promise<unknown> => {
    const written = await unlessConditionFails(client.send(new PutCommand(unlessThere(key, values, nowSeconds))));
    return written ? values : getItem(client, table, key);
  };
  /** Puts all items, if there is none under any of the keys. */
  const firstOfAll = (keys: readonly Key[], values: object, nowSeconds: number): Promise<boolean> =>
    unlessConditionFails(
      client.send(
        new TransactWriteCommand({ TransactItems: keys.map((key) => ({ Put: unlessThere(key, values, nowSeconds) })) }),
      ),
    );
  const claimed = async (key: Key, id: number, nowSeconds: number): Promise<number> =>
    claimSchema.parse(await first(key, { id }, nowSeconds)).id;

  return {
    claimForDelivery: (delivery, appId, deploymentId, nowSeconds) =>
      claimed(requestKeys.deliveryToApp(delivery, appId), deploymentId, nowSeconds),

    claim: async (push, deploymentId, nowSeconds, delivery = null) => {
      const step = requestKeys.push(push, null);
      const after = push.since === null ? null : requestKeys.push(push, push.since);
      const known = delivery === null ? null : requestKeys.deliveryToApp(delivery, push.app_id);
      const keys = [known, after, step].filter((key) => key !== null);
      // As a rule all are free, and one call claims them.
      if (keys.length > 1 && (await firstOfAll(keys, { id: deploymentId }, nowSeconds))) return deploymentId;
      const wished = known === null ? deploymentId : await claimed(known, deploymentId, nowSeconds);
      if (after === null) return claimed(step, wished, nowSeconds);
      const id = await claimed(after, wished, nowSeconds);
      await claimed(step, id, nowSeconds);
      return id;
    },

    outcomeOf: async (delivery, nowSeconds) => {
      const item = await getItem(client, table, requestKeys.delivery(delivery));
      if (item === undefined) return null;
      const { expires_at, ...outcome } = pushOutcomeSchema.parse(item);
      return expires_at > nowSeconds ? outcome : null;
    },

    conclude: async (delivery, outcome, nowSeconds) => {
      const stands = await first(requestKeys.delivery(delivery), outcome, nowSeconds);
      return pushOutcomeSchema.omit({ expires_at: true }).parse(stands);
    },
  };
}
