import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { type DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { SharedReadings } from "../../core/ports/usage.ts";
import { readingSchema } from "../../core/usage/reading.ts";
import { requestKeys } from "./keys.ts";
import { unlessConditionFails } from "./table.ts";
import { getItem } from "./versioned-item.ts";

const zip = promisify(gzip);
const unzip = promisify(gunzip);

/** An item takes 400 KB. */
const mostBytes = 350_000;
/** For so long a claim lies around that nobody followed up. */
const claimSeconds = 120;

const itemSchema = z.object({ reading: z.instanceof(Uint8Array), expires_at: z.number() });

/** What was read of the apps' usage in the table of requests, each reading as one compressed item that expires. */
export function awsSharedReadings(
  client: DynamoDBDocumentClient,
  table: string,
  nowSeconds: () => number,
): SharedReadings {
  return {
    get: async (appId, name) => {
      const item = itemSchema.safeParse(await getItem(client, table, requestKeys.usage(appId, name)));
      // DynamoDB removes what has expired some time later.
      if (!item.success || item.data.expires_at <= nowSeconds()) return null;
      const parsed = readingSchema.safeParse(JSON.parse((await unzip(item.data.reading)).toString()));
      return parsed.success ? parsed.data : null;
    },

    claim: (appId, name, nowMs, before) =>
      unlessConditionFails(
        client.send(
          new UpdateCommand({
            TableName: table,
            Key: requestKeys.usage(appId, name),
            // What is there expires no sooner for it.
            UpdateExpression: "SET claimed_at = :now, expires_at = if_not_exists(expires_at, :expires)",
            // A clock that was ahead must not keep everybody waiting.
            ConditionExpression: "attribute_not_exists(claimed_at) OR claimed_at < :before OR claimed_at > :ahead",
            ExpressionAttributeValues: {
              ":now": nowMs,
              ":before": before,
              ":ahead": nowMs + 60_000,
              ":expires": nowSeconds() + claimSeconds,
            },
          }),
        ),
      ),

    put: async (appId, name, reading, keptSeconds) => {
      const zipped = await zip(JSON.stringify(reading));
      if (zipped.length > mostBytes) return false;
      await client.send(
        new UpdateCommand({
          TableName: table,
          Key: requestKeys.usage(appId, name),
          UpdateExpression: "SET reading = :reading, expires_at = :expires",
          ExpressionAttributeValues: { ":reading": zipped, ":expires": nowSeconds() + keptSeconds },
        }),
      );
      return true;
    },
  };
}
