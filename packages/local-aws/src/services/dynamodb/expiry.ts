import type { Change, Item, Table } from "dynalite/db/index.js";
import { keyOf } from "./records.ts";
import type { ItemChange } from "./unit-of-work.ts";

/** The keys of expiry entries of a table; entries sort by when they are due. */
export const expiryPrefix = (table: string): string => `expiry-${table}~`;
/** Where the entries begin that are due at that time, in epoch seconds, or later. */
export const dueBy = (table: string, seconds: number): string =>
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
