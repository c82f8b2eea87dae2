import { readEnv } from "@slipway/text/env-file";
import type { Variable } from "./draft.ts";
import { nextKey } from "./variable-rows.tsx";

/** What a variable in a pasted file does to those that are there. */
export interface EnvChange {
  readonly name: string;
  readonly value: string;
  /** What it was; `null`: there was none. */
  readonly before: string | null;
  readonly change: "added" | "changed" | "unchanged";
}

/** What pasting a file would change. */
export function changesOf(rows: readonly Variable[], text: string): readonly EnvChange[] {
  const stored = new Map(rows.map(({ name, value }) => [name.trim(), value]));
  return [...readEnv(text)].map(([name, value]) => {
    const before = stored.get(name) ?? null;
    const change = before === null ? "added" : before === value ? "unchanged" : "changed";
    return { name, value, before, change };
  });
}

/** The rows with these values; variables that the file does not name stay. */
export function withEnv(rows: readonly Variable[], changes: readonly EnvChange[]): readonly Variable[] {
  const values = new Map(changes.map(({ name, value }) => [name, value]));
  const kept = rows.map((row) => {
    const value = values.get(row.name.trim());
    return value === undefined ? row : { ...row, value };
  });
  const added = changes.filter(({ change }) => change === "added");
  return [...kept, ...added.map(({ name, value }, index) => ({ key: nextKey(rows) + index, name, value }))];
}
