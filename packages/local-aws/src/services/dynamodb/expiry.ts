import type { Change, Item, Level, Table } from "dynalite/db/index.js";
import * as z from "zod";
import { AwsError } from "../../endpoint/service.ts";
import { perform } from "./actions.ts";
import type { Committer } from "./committer.ts";
import { keyOf } from "./records.ts";
import type { TableEntry } from "./tables.ts";
import type { ItemChange } from "./unit-of-work.ts";

/** DynamoDB leaves alone what claims to have expired longer ago than this. */
const oldest = 5 * 365 * 24 * 3600;
const storedKey = z.record(z.string(), z.record(z.string(), z.unknown()));

/** The keys of expiry entries of a table; entries sort by when they are due. */
export const expiryPrefix = (table: string): string => `expiry-${table}~`;
const dueBy = (table: string, seconds: number): string =>
  `${expiryPrefix(table)}${String(Math.max(0, seconds)).padStart(16, "0")}`;

function expiresAt(item: Item | undefined, attribute: string): number | undefined {
  const seconds = Math.floor(Number(item?.[attribute]?.N));
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : undefined;
}

/** What to commit with a change so that the sweep finds the item when its time is over, and only then. */
export function expiryChanges(change: ItemChange, table: Table, attribute: string | null): readonly Change[] {
  if (attribute === null) return [];
  const entry = (item: Item | undefined): { key: string; item: Item } | undefined => {
    const seconds = expiresAt(item, attribute);
    if (item === undefined || seconds === undefined) return undefined;
    return { key: `${dueBy(change.table, seconds)}~${change.key}`, item };
  };
  const before = entry(change.before);
  const after = entry(change.after);
  return [
    ...(before === undefined ? [] : [{ type: "del" as const, key: before.key }]),
    ...(after === undefined ? [] : [{ type: "put" as const, key: after.key, value: keyOf(after.item, table) }]),
  ];
}

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
