import { type DynamoDBDocumentClient, GetCommand, PutCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Pushes } from "../../core/ports/git.ts";
import { unlessConditionFails } from "./table.ts";

const keptSeconds = 4 * 24 * 3600;
const claimSchema = z.object({ id: z.number().int() });
const pushOutcomeSchema = z.object({
  deployment_ids: z.array(z.number().int()),
  ignored: z.string().nullable(),
  expires_at: z.number(),
});

const ofDelivery = (delivery: string, appId: number): string => `delivery#${delivery}#${appId}`;

/** Pushes and deliveries in DynamoDB, in the table of the requests. */
export function awsPushes(client: DynamoDBDocumentClient, table: string): Pushes {
  const get = async (key: string): Promise<Record<string, unknown> | undefined> =>
    (await client.send(new GetCommand({ TableName: table, Key: { key }, ConsistentRead: true }))).Item;

  const unlessThere = (key: string, values: object, nowSeconds: number) => ({
    TableName: table,
    Item: { ...values, key, expires_at: nowSeconds + keptSeconds },
    ConditionExpression: "attribute_not_exists(#key) OR expires_at <= :now",
    ExpressionAttributeNames: { "#key": "key" },
    ExpressionAttributeValues: { ":now": nowSeconds },
  });

  /** Puts the first item under a key, and answers the one that lies there. */
  const first = async (key: string, values: object, nowSeconds: number): Promise<unknown> => {
    const written = await unlessConditionFails(client.send(new PutCommand(unlessThere(key, values, nowSeconds))));
    return written ? values : get(key);
  };
  /** Puts all items, if there is none under any of the keys. */
  const firstOfAll = (keys: readonly string[], values: object, nowSeconds: number): Promise<boolean> =>
    unlessConditionFails(
      client.send(
        new TransactWriteCommand({ TransactItems: keys.map((key) => ({ Put: unlessThere(key, values, nowSeconds) })) }),
      ),
    );
  const claimed = async (key: string, id: number, nowSeconds: number): Promise<number> =>
    claimSchema.parse(await first(key, { id }, nowSeconds)).id;

  return {
    claimForDelivery: (delivery, appId, deploymentId, nowSeconds) =>
      claimed(ofDelivery(delivery, appId), deploymentId, nowSeconds),

    claim: async ({ app_id, branch, before, commit, since }, deploymentId, nowSeconds, delivery = null) => {
      const step = `push#${app_id}#${branch}#${before}#${commit}`;
      const after = since === null ? null : `${step}#${since}`;
      const known = delivery === null ? null : ofDelivery(delivery, app_id);
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
      const item = await get(`delivery#${delivery}`);
      if (item === undefined) return null;
      const { expires_at, ...outcome } = pushOutcomeSchema.parse(item);
      return expires_at > nowSeconds ? outcome : null;
    },

    conclude: async (delivery, outcome, nowSeconds) => {
      const stands = await first(`delivery#${delivery}`, outcome, nowSeconds);
      return pushOutcomeSchema.omit({ expires_at: true }).parse(stands);
    },
  };
}
