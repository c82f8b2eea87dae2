import { type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Requests } from "../../ports/requests.ts";
import { unlessConditionFails } from "../dynamodb/table.ts";
import { takeToken } from "./bucket.ts";

const day = 24 * 3600;
const reservationSchema = z.object({ id: z.number().int(), fingerprint: z.string(), expires_at: z.number() });
const bucketSchema = z.object({ tokens: z.number(), at_ms: z.number(), version: z.number().int() });
const races = 20;

/** Idempotency keys and token buckets in DynamoDB. */
export function awsRequests(client: DynamoDBDocumentClient, table: string): Requests {
  const get = async (key: string): Promise<Record<string, unknown> | undefined> => {
    const answer = await client.send(new GetCommand({ TableName: table, Key: { key }, ConsistentRead: true }));
    return answer.Item;
  };

  return {
    reserve: async (key, reservation, nowSeconds) => {
      const first = await unlessConditionFails(
        client.send(
          new PutCommand({
            TableName: table,
            Item: { key, ...reservation, expires_at: nowSeconds + day },
            ConditionExpression: "attribute_not_exists(#key) OR expires_at <= :now",
            ExpressionAttributeNames: { "#key": "key" },
            ExpressionAttributeValues: { ":now": nowSeconds },
          }),
        ),
      );
      if (first) return { ...reservation, first };
      const { id, fingerprint } = reservationSchema.parse(await get(key));
      return { id, fingerprint, first };
    },

    take: async (name, limit, nowMs) => {
      const key = `bucket#${name}`;
      for (let race = 0; race < races; race++) {
        const stored = await get(key);
        const bucket =
          stored === undefined ? { tokens: limit.burst, at_ms: nowMs, version: 0 } : bucketSchema.parse(stored);
        const taken = takeToken(bucket, limit, nowMs);
        if (!taken.allowed) return { allowed: false, retryAfter: taken.retryAfter };
        const item = {
          key,
          tokens: taken.tokens,
          at_ms: taken.at_ms,
          version: bucket.version + 1,
          expires_at: Math.ceil(nowMs / 1000) + day,
        };
        const written = await unlessConditionFails(
          client.send(
            new PutCommand({
              TableName: table,
              Item: item,
              ConditionExpression: "attribute_not_exists(#key) OR version = :before",
              ExpressionAttributeNames: { "#key": "key" },
              ExpressionAttributeValues: { ":before": bucket.version },
            }),
          ),
        );
        if (written) return { allowed: true };
      }
      return { allowed: false, retryAfter: 1 };
    },
  };
}
