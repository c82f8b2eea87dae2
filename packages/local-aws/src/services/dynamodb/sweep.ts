import type { Item, Level } from "dynalite/db/index.js";
import * as z from "zod";
import { AwsError } from "../../kernel/service.ts";
import { perform } from "./actions.ts";
import type { Committer } from "./committer.ts";
import { dueBy } from "./expiry.ts";
import type { TableEntry } from "./tables.ts";

/** DynamoDB leaves alone what claims to have expired longer ago than this. */
const oldest = 5 * 365 * 24 * 3600;
const storedKey = z.record(z.string(), z.record(z.string(), z.unknown()));

/** Deletes one item unless it was given more time since it was found. */
async function expire(committer: Committer, table: string, attribute: string, key: Item, now: number): Promise<void> {
  const input = {
    TableName: table,
    Key: key,
    ConditionExpression: "#expiry <= :now",
    ExpressionAttributeNames: { "#expiry": attribute },
    ExpressionAttributeValues: { ":now": { N: String(now) } },
  };
  try {
    await committer.write((unit) => perform("DeleteItem", input, unit.store), "expiry");
  } catch (error) {
    if (!(error instanceof AwsError && error.code === "ConditionalCheckFailedException")) throw error;
  }
}

/** Deletes what has expired by `now`, in epoch seconds. */
export async function sweep(
  level: Level,
  entries: Iterable<TableEntry>,
  committer: Committer,
  now: number,
): Promise<void> {
  for (const { description, ttlAttribute } of entries) {
    if (ttlAttribute === null) continue;
    const table = description.TableName;
    const range = { gte: dueBy(table, now - oldest), lt: dueBy(table, now + 1) };
    for await (const [, value] of level.iterator(range)) {
      await expire(committer, table, ttlAttribute, storedKey.parse(value), now);
    }
  }
}
