import { readEnv } from "@slipway/text/env-file";
import type { SecretDraft, Variable } from "./draft.ts";
import { nextKey } from "./variable-rows.tsx";

/** What a variable in a pasted file does to those that are there. */
export interface EnvChange {
  readonly name: string;
  readonly value: string;
  /** What it was; `null`: there was none, or it is a secret, which nobody sees again. */
  readonly before: string | null;
  readonly change: "added" | "changed" | "unchanged";
  readonly isSecret: boolean;
}

/** What the variables and secrets of an app are while they are typed. */
interface Environment {
  readonly env: readonly Variable[];
  readonly secrets: readonly SecretDraft[];
}

/** What pasting a file would change. A secret stays one; `wanted` are the names of new ones that become secrets. */
export function changesOf(
  { env, secrets }: Environment,
  text: string,
  wanted: ReadonlySet<string>,
): readonly EnvChange[] {
  const stored = new Map(env.map(({ name, value }) => [name.trim(), value]));
  const known = new Set(secrets.map(({ name }) => name.trim()));
  return [...readEnv(text)].map(([name, value]): EnvChange => {
    if (known.has(name)) return { name, value, before: null, change: "changed", isSecret: true };
    const before = stored.get(name) ?? null;
    const change = before === null ? "added" : before === value ? "unchanged" : "changed";
    return { name, value, before, change, isSecret: before === null && wanted.has(name) };
  });
}

/** The rows with these values; variables that the file does not name stay. */
export function withEnv(rows: readonly Variable[], changes: readonly EnvChange[]): readonly Variable[] {
  const own = changes.filter(({ isSecret }) => !isSecret);
  const values = new Map(own.map(({ name, value }) => [name, value]));
  const kept = rows.map((row) => {
    const value = values.get(row.name.trim());
    return value === undefined ? row : { ...row, value };
  });
  const added = own.filter(({ change }) => change === "added");
  return [...kept, ...added.map(({ name, value }, index) => ({ key: nextKey(rows) + index, name, value }))];
}

/** The secrets with these values; those that the file does not name stay. */
export function withSecrets(rows: readonly SecretDraft[], changes: readonly EnvChange[]): readonly SecretDraft[] {
  const own = changes.filter(({ isSecret }) => isSecret);
  const values = new Map(own.map(({ name, value }) => [name, value]));
  const kept = rows.map((row): SecretDraft => {
    const value = values.get(row.name.trim());
    if (value === undefined) return row;
    return { ...row, value, state: row.state === "new" ? "new" : "replaced" };
  });
  const added = own.filter(({ change }) => change === "added");
  const made = added.map(({ name, value }, index) => ({
    key: nextKey(rows) + index,
    name,
    value,
    state: "new" as const,
  }));
  return [...kept, ...made];
}
