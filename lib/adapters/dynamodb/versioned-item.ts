import { randomUUID } from "node:crypto";
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from "@aws-sdk/lib-dynamodb";
import { unlessConditionFails } from "./table.ts";

type TransactItem = NonNullable<TransactWriteCommandInput["TransactItems"]>[number];
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
 * keeps its own first try from failing the condition of the repeat, so whoever won learns that they won. What is written
 * `along` with it is a transaction, which the SDK repeats under one token.
 */
export function putNextVersion(
  client: DynamoDBDocumentClient,
  TableName: string,
  key: Key,
  next: Versioned & Readonly<Record<string, unknown>>,
  along: readonly TransactItem[] = [],
): Promise<boolean> {
  const write_id = randomUUID();
  const isFirst = next.version === 1;
  const Put = {
    TableName,
    Item: { ...next, ...key, write_id },
    ConditionExpression: `${isFirst ? "attribute_not_exists(version)" : "version = :before"} OR write_id = :write`,
    ExpressionAttributeValues: { ...(isFirst ? {} : { ":before": next.version - 1 }), ":write": write_id },
  };
  return unlessConditionFails(
    along.length === 0
      ? client.send(new PutCommand(Put))
      : client.send(new TransactWriteCommand({ TransactItems: [{ Put }, ...along] })),
  );
}
