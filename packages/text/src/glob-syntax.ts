/** A pattern that says something that globs here cannot say. `message` completes "must be a glob: …". */
export class GlobSyntaxError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "GlobSyntaxError";
  }
}

/** A part of a glob. */
export type Node =
  /** One character, which stands for itself. */
  | { readonly kind: "literal"; readonly text: string }
  /** `?`: one character of a name. */
  | { readonly kind: "one" }
  /** `[a-z]`: one of several characters. */
  | { readonly kind: "set"; readonly has: (character: string) => boolean }
  /** `*`: any characters of a name. */
  | { readonly kind: "name" }
  /** `**`: any characters, slashes too. */
  | { readonly kind: "anything" }
  /** `**` and its slash at the beginning of a name: any number of folders, none too. */
  | { readonly kind: "folders" }
  /** A slash and `**` at the end: the folder, and everything below it. */
  | { readonly kind: "below" }
  /** `{a,b}`. */
  | { readonly kind: "either"; readonly branches: readonly (readonly Node[])[] };

/** Reading looks for the other half of each bracket. */
const longest = 4096;

/** How deep braces may stand within braces. */
const deepest = 20;

/**
 * Reads a glob: `*` and `?` stand for characters of one name, `**` for any characters, `[a-z]` and `[!a-z]` for one character,
 * `{a,b}` for either, and `\` takes a character as it is. A brace or bracket without its other half stands for itself, and so do
 * braces without a comma. Throws {@link GlobSyntaxError} for what other globs add to this: `+(…)` and its like, `{1..3}`.
 */
export function parseGlob(pattern: string): readonly Node[] {
  if (pattern.length > longest) throw new GlobSyntaxError(`it has more than ${longest} characters`);
  const characters = [...pattern.replace(/^\.\//, "")];
  return branch({ text: characters, closing: braces(characters), from: 0, to: characters.length, depth: 0 });
}

/** For each `{` with a comma its `}`. */
function braces(characters: readonly string[]): ReadonlyMap<number, number> {
  const open: { at: number; hasComma: boolean }[] = [];
  const closing = new Map<number, number>();
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at];
    const last = open.at(-1);
    if (character === "\\") at += 1;
    else if (character === "{") open.push({ at, hasComma: false });
    else if (character === "," && last !== undefined) last.hasComma = true;
    else if (character === "}" && last !== undefined) {
      open.pop();
      if (last.hasComma) closing.set(last.at, at);
    }
  }
  return closing;
}

/** The part of a pattern that is being read: all of it, or one alternative between braces. */
interface Reading {
  readonly text: readonly string[];
  readonly closing: ReadonlyMap<number, number>;
  readonly from: number;
  readonly to: number;
  readonly depth: number;
}

function branch(reading: Reading): readonly Node[] {
  const { from, to, depth } = reading;
  if (depth > deepest) throw new GlobSyntaxError(`braces within braces go ${deepest} deep at most`);
  const nodes: Node[] = [];
  for (let at = from; at < to; ) {
    refuseForeign(reading, at);
    const [node, next] = readOne(reading, at);
    nodes.push(node);
    at = next;
  }
  return nodes;
}

/** What stands at a place, and where it goes on. */
function readOne(reading: Reading, at: number): readonly [Node, next: number] {
  const { text, closing, from, to } = reading;
  const character = text[at] ?? "";
  const says = (what: string): boolean =>
    at + what.length <= to && [...what].every((one, index) => text[at + index] === one);
  if (character === "\\" && at + 1 < to) return [{ kind: "literal", text: text[at + 1] ?? "" }, at + 2];
  // `apps/*/**` is what lies in the folders of `apps`, not its files.
  if (says("/**") && at + 3 === to && at > from && text[at - 1] !== "*") return [{ kind: "below" }, at + 3];
  if (says("**/") && (at === from || text[at - 1] === "/")) return [{ kind: "folders" }, at + 3];
  if (says("**")) return [{ kind: "anything" }, at + 2];
  if (character === "*") return [{ kind: "name" }, at + 1];
  if (character === "?") return [{ kind: "one" }, at + 1];
  const bracket = character === "[" ? setEnd(text, at, to) : null;
  if (bracket !== null) return [{ kind: "set", has: setOf(text.slice(at + 1, bracket)) }, bracket + 1];
  const brace = closing.get(at);
  if (brace !== undefined) return [{ kind: "either", branches: alternatives(reading, at + 1, brace) }, brace + 1];
  return [{ kind: "literal", text: character }, at + 1];
}

function refuseForeign({ text, to }: Reading, at: number): void {
  const character = text[at] ?? "";
  if ("?*+@!".includes(character) && at + 1 < to && text[at + 1] === "(")
    throw new GlobSyntaxError(`${character}(…) is not supported; write the alternatives as {a,b}`);
  if (character !== "{") return;
  const end = text.indexOf("}", at);
  if (end !== -1 && end < to && /^[^{,/.]+\.\.[^{,/.]+$/.test(text.slice(at + 1, end).join("")))
    throw new GlobSyntaxError("ranges in braces are not supported; write the alternatives as {a,b}");
}

/** The alternatives between two braces. */
function alternatives(reading: Reading, from: number, to: number): readonly (readonly Node[])[] {
  const { text, closing, depth } = reading;
  const branches: (readonly Node[])[] = [];
  const read = (begin: number, end: number): void =>
    void branches.push(branch({ ...reading, from: begin, to: end, depth: depth + 1 }));
  let begin = from;
  for (let at = from; at < to; at++) {
    if (text[at] === "\\") at += 1;
    else if (closing.has(at)) at = closing.get(at) ?? at;
    else if (text[at] === ",") {
      read(begin, at);
      begin = at + 1;
    }
  }
  read(begin, to);
  return branches;
}

/** The bracket that ends a set; a first one belongs to it. */
function setEnd(text: readonly string[], at: number, to: number): number | null {
  const first = at + (text[at + 1] === "!" || text[at + 1] === "^" ? 2 : 1);
  for (let end = first; end < to; end++) {
    if (text[end] === "\\") end += 1;
    else if (text[end] === "]" && end > first) return end;
  }
  return null;
}

/** What stands between the brackets of a set, as a test of a character. */
export function setOf(inside: readonly string[]): (character: string) => boolean {
  const isNegated = inside[0] === "!" || inside[0] === "^";
  const ranges: (readonly [first: string, last: string])[] = [];
  const listed = isNegated ? inside.slice(1) : inside;
  for (let at = 0; at < listed.length; at++) {
    if (listed[at] === "\\" && at + 1 < listed.length) at += 1;
    const first = listed[at] ?? "";
    const isRange = listed[at + 1] === "-" && at + 2 < listed.length;
    if (isRange) at += listed[at + 2] === "\\" && at + 3 < listed.length ? 3 : 2;
    ranges.push([first, isRange ? (listed[at] ?? "") : first]);
  }
  const code = (character: string): number => character.codePointAt(0) ?? 0;
  const bounds = ranges.map(([first, last]) => [code(first), code(last)] as const);
  // Never a slash: a set stands for a character of a name, as `*` and `?` do.
  return (character) =>
    character !== "/" &&
    bounds.some(([first, last]) => first <= code(character) && code(character) <= last) !== isNegated;
}
