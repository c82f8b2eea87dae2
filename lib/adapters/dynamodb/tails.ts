import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { type DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Tails } from "../../core/ports/app-logs.ts";
import { requestKeys } from "./keys.ts";
import { unlessConditionFails } from "./table.ts";
import { getItem } from "./versioned-item.ts";

const zip = promisify(gzip);
const unzip = promisify(gunzip);

/** An item takes 400 KB. */
const mostBytes = 350_000;
const keptSeconds = 120;

const itemSchema = z.object({
  polled_at: z.number(),
  from: z.number(),
  events: z.instanceof(Uint8Array),
});
const eventsSchema = z.array(z.tuple([z.string(), z.number(), z.string()]));

/** The newest lines of the apps' logs in the table of requests, each app's as one compressed item that expires. */
export function awsTails(client: DynamoDBDocumentClient, table: string, nowSeconds: () => number): Tails {
  return {
    get: async (appId) => {
      const item = itemSchema.safeParse(await getItem(client, table, requestKeys.tail(appId)));
      if (!item.success) return null;
      const { polled_at, from, events } = item.data;
      const read = eventsSchema.parse(JSON.parse((await unzip(events)).toString()));
      return { polled_at, from, events: read.map(([stream, at, message]) => ({ stream, at, message })) };
    },

    claim: (appId, nowMs, before) =>
      unlessConditionFails(
        client.send(
          new UpdateCommand({
            TableName: table,
            Key: requestKeys.tail(appId),
            UpdateExpression: "SET claimed_at = :now, expires_at = :expires",
            // A clock that was ahead must not keep everybody waiting.
            ConditionExpression: "attribute_not_exists(claimed_at) OR claimed_at < :before OR claimed_at > :ahead",
            ExpressionAttributeValues: {
              ":now": nowMs,
              ":before": before,
              ":ahead": nowMs + 60_000,
              ":expires": nowSeconds() + keptSeconds,
            },
          }),
        ),
      ),

    put: async (appId, { polled_at, from, events }) => {
      const zipped = await zip(JSON.stringify(events.map(({ stream, at, message }) => [stream, at, message])));
      if (zipped.length > mostBytes) return false;
      await client.send(
        new UpdateCommand({
          TableName: table,
          Key: requestKeys.tail(appId),
          UpdateExpression: "SET polled_at = :at, #from = :from, events = :events, expires_at = :expires",
          ExpressionAttributeNames: { "#from": "from" },
          ExpressionAttributeValues: {
            ":at": polled_at,
            ":from": from,
            ":events": zipped,
            ":expires": nowSeconds() + keptSeconds,
          },
        }),
      );
      return true;
    },
  };
}
