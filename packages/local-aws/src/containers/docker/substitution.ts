import { SolveError } from "./failures.ts";

/** A variable's value; `undefined` when it is not set. */
export type Lookup = (name: string) => string | undefined;

type Modify = (value: string | undefined, word: () => string, name: string) => string;

const required: Modify = (value, word, name) => {
  if (value === undefined)
    throw new SolveError(`failed to process "\${${name}?}": ${name}: ${word() || "is not allowed to be unset"}`);
  return value;
};

/** What stands after a name in `${name…}`. With a colon an empty value counts as none. */
const MODIFIERS: Readonly<Record<string, Modify>> = {
  "-": (value, word) => value ?? word(),
  ":-": (value, word) => (value === undefined || value === "" ? word() : value),
  "+": (value, word) => (value === undefined ? "" : word()),
  ":+": (value, word) => (value === undefined || value === "" ? "" : word()),
  "?": required,
  ":?": (value, word, name) => required(value === "" ? undefined : value, word, name),
};

/** The index after the brace that closes the one before `start`. */
function closingBrace(text: string, start: number): number {
  for (let at = start, depth = 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "{") depth++;
    else if (text[at] === "}") depth--;
    if (depth === 0) return at;
  }
  throw new SolveError(`failed to process "${text}": syntax error: missing '}'`);
}

/** The value of the variable whose `$` stands at `at`, and the index after it. */
function variable(text: string, at: number, lookup: Lookup, raw: boolean): [value: string, end: number] {
  const plain = /^\$([A-Za-z_][A-Za-z0-9_]*|[0-9@*#])/.exec(text.slice(at));
  if (plain?.[1] !== undefined) return [lookup(plain[1]) ?? "", at + plain[0].length];
  if (text[at + 1] !== "{") return ["$", at + 1];
  const end = closingBrace(text, at + 2);
  const inner = text.slice(at + 2, end);
  const [, name = "", modifier = "", word = ""] =
    /^([A-Za-z_][A-Za-z0-9_]*|[0-9@*#])(:?[^A-Za-z0-9_]|)([\s\S]*)$/.exec(inner) ?? [];
  if (name === "") throw new SolveError(`failed to process "${text}": bad substitution`);
  if (modifier === "") return [lookup(name) ?? "", end + 1];
  const modify = MODIFIERS[modifier];
  if (modify === undefined)
    throw new SolveError(`failed to process "${text}": unsupported modifier (${modifier}) in substitution`);
  return [modify(lookup(name), () => expand(word, lookup, raw), name), end + 1];
}

/**
 * Replaces `$name`, `${name}`, `${name:-word}` and the like, and takes quotes and escapes away, as docker does for the instructions
 * it expands. With `raw` quotes stay what they are (here-documents).
 */
export function expand(text: string, lookup: Lookup, raw = false): string {
  let out = "";
  let quote = "";
  for (let at = 0; at < text.length; ) {
    const char = text[at] ?? "";
    const next = text[at + 1];
    if (char === "$" && quote !== "'") {
      const [value, end] = variable(text, at, lookup, raw);
      out += value;
      at = end;
    } else if (char === "\\" && quote !== "'" && next !== undefined) {
      const kept = raw ? next !== "$" && next !== "\\" : quote === '"' && !'"$\\'.includes(next);
      out += kept ? char + next : next;
      at += 2;
    } else {
      const isQuote = !raw && (char === quote || (quote === "" && (char === '"' || char === "'")));
      if (isQuote) quote = quote === "" ? char : "";
      else out += char;
      at += 1;
    }
  }
  return out;
}

/** Splits at white space outside quotes; quotes and escapes stay in the words. */
export function splitWords(text: string): string[] {
  return text.match(/(?:\\[\s\S]|"(?:\\[\s\S]|[^"\\])*"|'[^']*'|[^\s\\])+/g) ?? [];
}

/** The pairs of `ENV`, `ARG` and `LABEL`, values not yet expanded: `a=1 b="2"`, or the old `a 1`. A missing value is `undefined`. */
export function nameValues(text: string): [name: string, value: string | undefined][] {
  const words = splitWords(text);
  const [first = ""] = words;
  if (!first.includes("=") && words.length > 1) return [[first, text.trim().slice(first.length).trim()]];
  return words.map((word) => {
    const at = word.indexOf("=");
    return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
  });
}
