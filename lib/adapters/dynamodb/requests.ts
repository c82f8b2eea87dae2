import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Requests } from "../../core/ports/access.ts";
import { ConflictError, conflict, type RetryDeps, retryOnConflict } from "../../core/retry-on-conflict.ts";
import { recent } from "../recent.ts";
import { requestKeys } from "./keys.ts";
import { unlessConditionFails } from "./table.ts";
import { fullBucket, intervalOf, latestFull, latestPossible, secondsUntilOne } from "./token-bucket.ts";
import { getItem } from "./versioned-item.ts";

const day = 24 * 3600;
const reservationSchema = z.object({ id: z.number().int(), fingerprint: z.string(), expires_at: z.number() });
/** As DynamoDB itself writes it: the document client leaves an error's item as it is. */
const bucketSchema = z.object({ full_at_ms: z.object({ N: z.coerce.number() }).optional() });

type Limit = Parameters<Requests["take"]>[1];

/** Buckets whose use is remembered. */
const mostBuckets = 500;

/**
 * Idempotency keys and token buckets in DynamoDB. One is taken by a single write from a full bucket, which most are, and from one
 * that this process has used a moment ago.
 */
export function awsRequests(client: DynamoDBDocumentClient, table: string, retry: RetryDeps): Requests {
  /** Buckets that this process has taken from, and until when each is certainly not full again. */
  const used = recent<string, number>(mostBuckets);

  /** Takes one if the condition holds. Otherwise answers when the bucket is full. */
  const takeIf = async (
    name: string,
    how: { readonly set: string; readonly condition: string; readonly values: Readonly<Record<string, number>> },
    nowMs: number,
  ): Promise<"taken" | number> => {
    const update = new UpdateCommand({
      TableName: table,
      Key: requestKeys.bucket(name),
      UpdateExpression: `SET full_at_ms = ${how.set}, expires_at = :expires`,
      ConditionExpression: how.condition,
      ExpressionAttributeValues: { ...how.values, ":now": nowMs, ":expires": Math.ceil(nowMs / 1000) + day },
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
    try {
      await client.send(update);
      return "taken";
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return bucketSchema.parse(error.Item ?? {}).full_at_ms?.N ?? fullBucket;
    }
  };

  const takeFromFull = (name: string, limit: Limit, nowMs: number) =>
    takeIf(
      name,
      {
        set: ":full",
        condition: "attribute_not_exists(full_at_ms) OR full_at_ms <= :now OR full_at_ms > :possible",
        values: { ":full": nowMs + intervalOf(limit), ":possible": latestPossible(limit, nowMs) },
      },
      nowMs,
    );

  const takeFromUsed = (name: string, limit: Limit, nowMs: number) =>
    takeIf(
      name,
      {
        set: "full_at_ms + :interval",
        condition: "full_at_ms > :now AND full_at_ms <= :latest",
        values: { ":interval": intervalOf(limit), ":latest": latestFull(limit, nowMs) },
      },
      nowMs,
    );

  return {
    reserve: async (key, reservation, nowSeconds) => {
      const first = await unlessConditionFails(
        client.send(
          new PutCommand({
            TableName: table,
            Item: { ...requestKeys.reservation(key), ...reservation, expires_at: nowSeconds + day },
            ConditionExpression: "attribute_not_exists(#key) OR expires_at <= :now",
            ExpressionAttributeNames: { "#key": "key" },
            ExpressionAttributeValues: { ":now": nowSeconds },
          }),
        ),
      );
      if (first) return { ...reservation, first, reserved_at: nowSeconds };
      const stored = await getItem(client, table, requestKeys.reservation(key));
      const { id, fingerprint, expires_at } = reservationSchema.parse(stored);
      return { id, fingerprint, first, reserved_at: expires_at - day };
    },

    take: async (name, limit, nowMs) => {
      const allowed = (): { readonly allowed: true } => {
        used.set(name, nowMs + intervalOf(limit));
        return { allowed: true };
      };
      if ((used.get(name) ?? fullBucket) > nowMs && (await takeFromUsed(name, limit, nowMs)) === "taken")
        return allowed();
      const attempt = async (): Promise<Awaited<ReturnType<Requests["take"]>> | typeof conflict> => {
        const fullAt = await takeFromFull(name, limit, nowMs);
        if (fullAt === "taken") return allowed();
        if (fullAt > latestFull(limit, nowMs))
          return { allowed: false, retryAfter: secondsUntilOne(fullAt, limit, nowMs) };
        // It may be taken from between the two: then it is asked again.
        return (await takeFromUsed(name, limit, nowMs)) === "taken" ? allowed() : conflict;
      };
      try {
        return await retryOnConflict(retry, `the token bucket ${name}`, attempt);
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
        return { allowed: false, retryAfter: 1 };
      }
    },
  };
}
