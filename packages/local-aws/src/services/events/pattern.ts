import * as z from "zod";

/**
 * EventBridge's event patterns, which Lambda's event filters use too.
 * An event is seen as its leaves: an array matches when one of its elements does, an empty one is as good as absent.
 */

/** Whether an event, or a part of one, fits. */
export type Matcher = (event: unknown) => boolean;

/** A leaf of an event, or of a pattern. */
type Leaf = string | number | boolean | null;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isLeaf = (value: unknown): value is Leaf =>
  value === null || ["string", "number", "boolean"].includes(typeof value);

/** The leaves that a field holds; objects are none. */
function leavesOf(value: unknown): readonly Leaf[] {
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  return isLeaf(value) ? [value] : [];
}

type Test = (leaf: Leaf) => boolean;
const onText =
  (test: (text: string) => boolean): Test =>
  (leaf) =>
    typeof leaf === "string" && test(leaf);

const caseless = z.strictObject({ "equals-ignore-case": z.string() });
const texts = z.union([z.string(), z.array(z.string()).min(1)]).transform((one) => (Array.isArray(one) ? one : [one]));
const leaves = z.union([z.string(), z.number()]);

type Affix = (text: string, affix: string) => boolean;
const affixed = (holds: Affix) => (operand: unknown) => {
  const wanted = z.union([z.string(), caseless]).parse(operand);
  if (typeof wanted === "string") return onText((text) => holds(text, wanted));
  const folded = wanted["equals-ignore-case"].toLowerCase();
  return onText((text) => holds(text.toLowerCase(), folded));
};
const startsWith = affixed((text, affix) => text.startsWith(affix));
const endsWith = affixed((text, affix) => text.endsWith(affix));

function equalsIgnoringCase(operand: unknown): Test {
  const wanted = z.string().parse(operand).toLowerCase();
  return onText((text) => text.toLowerCase() === wanted);
}

/** `*` stands for any characters, `\*` and `\\` for themselves. */
function wildcard(operand: unknown): Test {
  const glob = z.string().parse(operand);
  if (/(?<!\\)(\\\\)*\*\*/.test(glob)) throw new Error("wildcard: consecutive * characters are not allowed");
  const [first = "", ...others] = literalsOf(glob);
  const last = others.pop();
  return onText((text) => {
    if (last === undefined) return text === first;
    if (!text.startsWith(first)) return false;
    // What stands earliest leaves the most room for the rest.
    let at = first.length;
    for (const part of others) {
      const found = text.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return text.length - last.length >= at && text.endsWith(last);
  });
}

/** What stands between the asterisks. */
function literalsOf(glob: string): string[] {
  const literals = [""];
  for (const [part] of glob.matchAll(/\\[*\\]|[\s\S]/g)) {
    if (part === "*") literals.push("");
    else literals[literals.length - 1] += part.length === 2 ? part.slice(1) : part;
  }
  return literals;
}

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "=": (a, b) => a === b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
};

/** `[">", 0, "<=", 5]`: every comparison holds. */
function numeric(operand: unknown): Test {
  const parts = z.array(leaves).min(2).max(4).parse(operand);
  const tests = parts.flatMap((name, at) => {
    if (at % 2 === 1) return [];
    const compare = COMPARISONS[String(name)];
    const bound = parts[at + 1];
    if (compare === undefined || typeof bound !== "number")
      throw new Error(`numeric: cannot read ${JSON.stringify(operand)}`);
    return [(value: number) => compare(value, bound)];
  });
  return (leaf) => typeof leaf === "number" && tests.every((test) => test(leaf));
}

type Operators = Readonly<Record<string, (operand: unknown) => Test>>;

function only(operators: Operators, value: Record<string, unknown>, where: string): Test {
  const [entry, ...more] = Object.entries(value);
  if (entry === undefined || more.length > 0) throw new Error(`${where}: an operator object has exactly one key`);
  const [name, operand] = entry;
  const operator = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (operator === undefined) throw new Error(`${where}: unrecognized match type ${name}`);
  return operator(operand);
}

/** The operators of which `anything-but` takes one, or a list of operands for one. */
const NEGATED: Operators = {
  prefix: startsWith,
  suffix: endsWith,
  "equals-ignore-case": equalsIgnoringCase,
  wildcard,
};
const ANY_OF_NEGATED: Operators = Object.fromEntries(
  Object.entries(NEGATED).map(([name, operator]) => [
    name,
    (operand: unknown): Test => {
      const tests = (isObject(operand) ? [operand] : texts.parse(operand)).map(operator);
      return (leaf) => tests.some((test) => test(leaf));
    },
  ]),
);

function anythingBut(operand: unknown): Test {
  if (isObject(operand)) {
    const refused = only(ANY_OF_NEGATED, operand, "anything-but");
    return (leaf) => !refused(leaf);
  }
  const refused = z.union([leaves.transform((one) => [one]), z.array(leaves).min(1)]).parse(operand);
  return (leaf) => !refused.some((one) => one === leaf);
}

const OPERATORS: Operators = { ...NEGATED, numeric, "anything-but": anythingBut };

/** One element of the array that a pattern has for a field. */
function element(value: unknown, where: string): Matcher {
  if (isLeaf(value)) return (field) => leavesOf(field).includes(value);
  if (!isObject(value)) throw new Error(`${where}: ${JSON.stringify(value)} is no value to match`);
  if ("exists" in value && Object.keys(value).length === 1) {
    const wanted = z.boolean().parse(value.exists);
    return (field) => leavesOf(field).length > 0 === wanted;
  }
  const test = only(OPERATORS, value, where);
  return (field) => leavesOf(field).some(test);
}

function alternatives(value: unknown, where: string): Matcher {
  const patterns = z.array(z.record(z.string(), z.unknown())).min(1).parse(value);
  const matchers = patterns.map((pattern) => fields(pattern, where));
  return (event) => matchers.some((matches) => matches(event));
}

/** What a pattern says of one field: alternatives for its value, or a pattern for what is inside it. */
function field(value: unknown, where: string): Matcher {
  if (Array.isArray(value)) {
    if (value.length === 0) throw new Error(`${where}: empty arrays are not allowed`);
    const elements = value.map((one) => element(one, where));
    return (found) => elements.some((matches) => matches(found));
  }
  if (!isObject(value)) throw new Error(`${where}: "${where}" must be an object or an array`);
  const inside = fields(value, where);
  return (found) => (Array.isArray(found) && found.length > 0 ? found.some(inside) : inside(found));
}

function fields(pattern: Record<string, unknown>, where: string): Matcher {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw new Error(`${where}: empty objects are not allowed`);
  const tests = entries.map(([key, value]): Matcher => {
    const path = where === "" ? key : `${where}.${key}`;
    if (key === "$or" && Array.isArray(value)) return alternatives(value, path);
    const matches = field(value, path);
    return (event) => matches(isObject(event) && Object.hasOwn(event, key) ? event[key] : undefined);
  });
  return (event) => tests.every((test) => test(event));
}

/** Reads a pattern. Throws an error that names the place and the operator it does not know. */
export function compilePattern(pattern: unknown): Matcher {
  return fields(z.record(z.string(), z.unknown()).parse(pattern), "");
}

/** Whether `event` fits `pattern`; throws as {@link compilePattern}. */
export function matches(pattern: unknown, event: unknown): boolean {
  return compilePattern(pattern)(event);
}
