import { randomUUID } from "node:crypto";
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { unlessConditionFails } from "./table.ts";

type Key = Readonly<Record<string, string | number>>;

/** The item under a key, strongly consistent; `undefined`: there is none. */
export async function getItem(
  client: DynamoDBDocumentClient,
  TableName: string,
  key: Key,
): Promise<Record<string, unknown> | undefined> {
  return (await client.send(new GetCommand({ TableName, Key: { ...key }, ConsistentRead: true }))).Item;
}

interface Versioned {
  /** Grows by one with each write, from 1. */
  readonly version: number;
}

/**
 * Optimistic concurrency: puts an item as the version after the one that was read, the first one where there is none.
 * `false`: somebody else was quicker, and nothing was written. The SDK repeats a request whose answer was lost: `write_id`
 * keeps its own first try from failing the condition of the repeat, so whoever won learns that they won.
 */
export function putNextVersion(
  client: DynamoDBDocumentClient,
  TableName: string,
  key: Key,
  next: Versioned & Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const write_id = randomUUID();
  const isFirst = next.version === 1;
  return unlessConditionFails(
    client.send(
      new PutCommand({
        TableName,
        Item: { ...next, ...key, write_id },
        ConditionExpression: `${isFirst ? "attribute_not_exists(version)" : "version = :before"} OR write_id = :write`,
        ExpressionAttributeValues: { ...(isFirst ? {} : { ":before": next.version - 1 }), ":write": write_id },
      }),
    ),
  );
}
