const assignment =
  /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*("(?:\\[\s\S]|[^"\\])*"|'[^']*'|`[^`]*`|[^\r\n]*)/gm;

/** The variables of a `.env` file: quotes may span lines, `#` begins a comment outside of them, and the last of one name counts. */
export function readEnv(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, name = "", given = ""] of text.matchAll(assignment)) found.set(name, unquoted(given));
  return found;
}

/** The lines of a `.env` file that are neither a variable nor a comment, by their numbers from 1: nothing takes them over. */
export function unreadEnvLines(text: string): readonly number[] {
  const left = text.replace(assignment, (all) => all.replace(/[^\n]/g, ""));
  return left.split("\n").flatMap((line, index) => (/^\s*(?:#|$)/.test(line) ? [] : [index + 1]));
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

/** A line of a `.env` file, which {@link readEnv} reads back. */
export function envLine(name: string, value: string): string {
  if (/^[\w./:@%+,=-]*$/.test(value)) return `${name}=${value}`;
  const escaped = value
    .replace(/["\\]/g, "\\$&")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")
    .replaceAll("\t", "\\t");
  return `${name}="${escaped}"`;
}

/** What values by name do to those that are there. */
export interface EnvChange {
  readonly name: string;
  /** `null`: it is not there. */
  readonly before: string | null;
  readonly after: string | null;
}

/** How two sets of variables differ, by name. */
export function envChanges(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): readonly EnvChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return names
    .map((name) => ({ name, before: valueIn(before, name), after: valueIn(after, name) }))
    .filter((change) => change.before !== change.after);
}

const valueIn = (values: Readonly<Record<string, string>>, name: string): string | null =>
  Object.hasOwn(values, name) ? (values[name] ?? null) : null;
