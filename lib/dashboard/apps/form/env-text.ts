import type { Variable } from "./draft.ts";
import { nextKey } from "./variable-rows.tsx";

/** What a variable in a pasted file does to those that are there. */
export interface EnvChange {
  readonly name: string;
  readonly value: string;
  readonly change: "added" | "changed" | "unchanged";
}

const assignment =
  /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*("(?:\\[\s\S]|[^"\\])*"|'[^']*'|`[^`]*`|[^\r\n]*)/gm;

/** The variables of a `.env` file: quotes may span lines, `#` begins a comment outside of them, and the last of one name counts. */
export function readEnv(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, name = "", given = ""] of text.matchAll(assignment)) found.set(name, unquoted(given));
  return found;
}

function unquoted(given: string): string {
  const quote = given[0];
  if (given.length > 1 && quote === given.at(-1)) {
    if (quote === '"')
      return given.slice(1, -1).replace(/\\([\s\S])/g, (_, escaped: string) => escapes[escaped] ?? escaped);
    if (quote === "'" || quote === "`") return given.slice(1, -1);
  }
  return given.replace(/(?:^|\s)#.*$/, "").trim();
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** What pasting a file would change. */
export function changesOf(rows: readonly Variable[], text: string): readonly EnvChange[] {
  const stored = new Map(rows.map(({ name, value }) => [name.trim(), value]));
  return [...readEnv(text)].map(([name, value]) => {
    const before = stored.get(name);
    const change = before === undefined ? "added" : before === value ? "unchanged" : "changed";
    return { name, value, change };
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
