import { cidrBlocks } from "./cidr.ts";

/** What of a template cannot be carried out; the message begins with the path where it stands. */
export class TemplateError extends Error {
  constructor(path: string, message: string) {
    super(`${path}: ${message}`);
    this.name = "TemplateError";
  }
}

/** What names in a template stand for. Each look-up yields `undefined` for what there is not. */
export interface Scope {
  /** A parameter, a pseudo parameter or a resource. */
  reference(name: string): unknown;
  attribute(logicalId: string, name: string): string | undefined;
  condition(name: string): boolean | undefined;
  mapping(map: string, key: string, name: string): unknown;
  /** The names of a region's availability zones. */
  zones(region: string): readonly string[];
}

/** The value of `AWS::NoValue`: the property that has it is left out. */
export const NO_VALUE = Symbol("AWS::NoValue");

type Intrinsic = (argument: unknown, scope: Scope, path: string) => unknown;

function text(value: unknown, path: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new TemplateError(path, `a string is needed, not ${JSON.stringify(value)}`);
}

function list(value: unknown, path: string, length?: number): unknown[] {
  if (Array.isArray(value) && (length === undefined || value.length === length)) return value;
  throw new TemplateError(path, `a list${length === undefined ? "" : ` of ${length}`} is needed`);
}

function reference(name: string, scope: Scope, path: string): unknown {
  const value = scope.reference(name);
  if (value === undefined) throw new TemplateError(path, `there is no ${name}`);
  return value;
}

function attribute(logicalId: string, name: string, scope: Scope, path: string): string {
  const value = scope.attribute(logicalId, name);
  if (value === undefined) throw new TemplateError(path, `${logicalId} has no attribute ${name} here`);
  return value;
}

/** `A.B.C` is the attribute `B.C` of `A`. */
export function splitAttribute(dotted: string): [logicalId: string, name: string] {
  const dot = dotted.indexOf(".");
  return dot < 0 ? [dotted, ""] : [dotted.slice(0, dot), dotted.slice(dot + 1)];
}

const PLACEHOLDER = /\$\{(!?)([^}]+)\}/g;

/** The names that a `Fn::Sub` pattern mentions, in order. */
export function placeholders(pattern: string): string[] {
  return [...pattern.matchAll(PLACEHOLDER)].filter(([, bang]) => bang === "").map(([, , name = ""]) => name.trim());
}

function substitute(argument: unknown, scope: Scope, path: string): string {
  const [pattern, given] = Array.isArray(argument) ? argument : [argument, {}];
  const own = new Map(Object.entries(Object(evaluate(given, scope, path))));
  return text(pattern, path).replace(PLACEHOLDER, (_whole, bang: string, written: string) => {
    const name = written.trim();
    if (bang === "!") return `\${${written}}`;
    if (own.has(name)) return text(own.get(name), path);
    return text(
      name.includes(".") ? attribute(...splitAttribute(name), scope, path) : reference(name, scope, path),
      path,
    );
  });
}

/** The functions whose arguments are evaluated before they are applied. */
const EAGER: Readonly<Record<string, Intrinsic>> = {
  "Fn::GetAtt": (argument, scope, path) => {
    if (typeof argument === "string") return attribute(...splitAttribute(argument), scope, path);
    const [logicalId, name] = list(argument, path, 2);
    return attribute(text(logicalId, path), text(name, path), scope, path);
  },
  "Fn::Join": (argument, _scope, path) => {
    const [delimiter, parts] = list(argument, path, 2);
    return list(parts, path)
      .map((part) => text(part, path))
      .join(text(delimiter, path));
  },
  "Fn::Split": (argument, _scope, path) => {
    const [delimiter, whole] = list(argument, path, 2);
    return text(whole, path).split(text(delimiter, path));
  },
  "Fn::Select": (argument, _scope, path) => {
    const [index, items] = list(argument, path, 2);
    const item = list(items, path)[Number(text(index, path))];
    if (item === undefined) throw new TemplateError(path, `there is no item ${text(index, path)}`);
    return item;
  },
  "Fn::GetAZs": (argument, scope, path) => {
    const region = text(argument, path);
    return scope.zones(region === "" ? text(reference("AWS::Region", scope, path), path) : region);
  },
  "Fn::FindInMap": (argument, scope, path) => {
    const [map, key, name] = list(argument, path, 3).map((part) => text(part, path));
    const found = scope.mapping(map ?? "", key ?? "", name ?? "");
    if (found === undefined) throw new TemplateError(path, `the mapping ${map} has no ${key}.${name}`);
    return found;
  },
  "Fn::Base64": (argument, _scope, path) => Buffer.from(text(argument, path)).toString("base64"),
  "Fn::Cidr": (argument, _scope, path) => {
    const [block, count, bits = "8"] = list(argument, path).map((part) => text(part, path));
    const blocks = cidrBlocks(block ?? "", Number(count), Number(bits));
    if (blocks === undefined)
      throw new TemplateError(path, `${block} has no room for ${count} blocks of 2^${bits} addresses`);
    return blocks;
  },
};

/** The functions that decide themselves what of their argument is evaluated. */
const LAZY: Readonly<Record<string, Intrinsic>> = {
  Ref: (argument, scope, path) => reference(text(argument, path), scope, path),
  "Fn::Sub": substitute,
  "Fn::If": (argument, scope, path) => {
    const [name, whenTrue, whenFalse] = list(argument, path, 3);
    const holds = scope.condition(text(name, path));
    if (holds === undefined) throw new TemplateError(path, `there is no condition ${text(name, path)}`);
    return evaluate(holds ? whenTrue : whenFalse, scope, path);
  },
};

function apply(name: string, argument: unknown, scope: Scope, path: string): unknown {
  const lazy = Object.hasOwn(LAZY, name) ? LAZY[name] : undefined;
  if (lazy !== undefined) return lazy(argument, scope, path);
  const eager = Object.hasOwn(EAGER, name) ? EAGER[name] : undefined;
  if (eager === undefined) throw new TemplateError(path, `${name} is not known here`);
  return eager(evaluate(argument, scope, path), scope, path);
}

/**
 * A value of a template with every intrinsic function replaced by its result. `path` is where it stands, for errors.
 * Throws {@link TemplateError}. Yields {@link NO_VALUE} when all of it is `AWS::NoValue`.
 */
export function evaluate(value: unknown, scope: Scope, path: string): unknown {
  if (Array.isArray(value)) {
    return value.map((item, index) => evaluate(item, scope, `${path}[${index}]`)).filter((item) => item !== NO_VALUE);
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const intrinsic = entries.find(([key]) => key === "Ref" || key.startsWith("Fn::"));
  if (intrinsic !== undefined && entries.length === 1) {
    const [name, argument] = intrinsic;
    return apply(name, argument, scope, `${path}.${name}`);
  }
  if (intrinsic?.[0].startsWith("Fn::")) throw new TemplateError(path, `${intrinsic[0]} must stand alone`);
  const evaluated = entries.map(([key, inner]) => [key, evaluate(inner, scope, `${path}.${key}`)] as const);
  return Object.fromEntries(evaluated.filter(([, inner]) => inner !== NO_VALUE));
}
