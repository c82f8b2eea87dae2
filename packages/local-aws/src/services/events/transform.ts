import * as z from "zod";

/** An event as it travels on a bus. */
export interface BusEvent {
  readonly version: "0";
  readonly id: string;
  readonly "detail-type": string;
  readonly source: string;
  readonly account: string;
  /** RFC 3339, whole seconds. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

/** What a rule's target says of its input; at most one of them. */
export const inputSchema = z.object({
  Input: z.string().optional(),
  InputPath: z.string().optional(),
  InputTransformer: z
    .object({ InputPathsMap: z.record(z.string(), z.string()).default({}), InputTemplate: z.string() })
    .optional(),
});
export type TargetInput = z.infer<typeof inputSchema>;

/** What the predefined variables of a template say. */
export interface TransformedFor {
  readonly ruleArn: string;
  readonly ruleName: string;
  readonly event: BusEvent;
}

/** The steps of a JSON path as EventBridge supports them: `$.a.b-c`, `$.a[0].b`, `$['a']`, `[*]`. Throws for any other. */
function parsePath(path: string): readonly (string | number)[] {
  const step = /\.([A-Za-z0-9_\-/:]+|\*)|\[(\d+|\*)\]|\['([^']+)'\]|\["([^"]+)"\]/y;
  const steps: (string | number)[] = [];
  let at = 1;
  while (path.startsWith("$") && at < path.length) {
    step.lastIndex = at;
    const found = step.exec(path);
    if (found === null) break;
    const [, dotted, index, single, double] = found;
    steps.push(index !== undefined && index !== "*" ? Number(index) : (dotted ?? index ?? single ?? double ?? ""));
    at = step.lastIndex;
  }
  if (!path.startsWith("$") || at < path.length)
    throw new Error(`The JSON path ${path} is not one that EventBridge reads.`);
  return steps;
}

/** What the path leads to; `undefined` where it leads nowhere. */
function valueAt(value: unknown, [step, ...rest]: readonly (string | number)[]): unknown {
  if (step === undefined) return value;
  if (typeof value !== "object" || value === null) return undefined;
  if (step === "*") return Object.values(value).map((one) => valueAt(one, rest));
  const next = Object.entries(value).find(([key]) => key === String(step));
  return next && valueAt(next[1], rest);
}

type Variables = (name: string) => unknown;

function variablesFor(
  paths: Readonly<Record<string, string>>,
  { ruleArn, ruleName, event }: TransformedFor,
): Variables {
  const { detail: _detail, ...withoutDetail } = event;
  const predefined: Readonly<Record<string, unknown>> = {
    "aws.events.rule-arn": ruleArn,
    "aws.events.rule-name": ruleName,
    "aws.events.event.ingestion-time": event.time,
    "aws.events.event": withoutDetail,
    "aws.events.event.json": event,
  };
  return (name) => {
    if (Object.hasOwn(predefined, name)) return predefined[name];
    const path = Object.hasOwn(paths, name) ? paths[name] : undefined;
    return path === undefined ? undefined : valueAt(event, parsePath(path));
  };
}

/** Inside quotes a text stands by itself, and of anything else the quotes are dropped. */
function quoted(value: unknown): string {
  if (value === undefined) return "";
  if (typeof value === "string") return JSON.stringify(value).slice(1, -1);
  return JSON.stringify(value).replaceAll(/["\\]/g, "");
}

/** Where a template goes on: a quote, an escaped character, a variable, or anything else. */
const TOKENS = /\\[\s\S]|"|<([A-Za-z0-9_.-]+)>|[\s\S]/g;

function fill(template: string, variables: Variables): string {
  let inside = false;
  return template.replaceAll(TOKENS, (token: string, name: string | undefined) => {
    if (token === '"') inside = !inside;
    if (name === undefined) return token;
    const value = variables(name);
    return inside ? quoted(value) : JSON.stringify(value ?? (value === null ? null : ""));
  });
}

/** A template yields JSON, or several lines of which each is a JSON text. */
function isJson(text: string): boolean {
  const parses = (one: string) => {
    try {
      JSON.parse(one);
      return true;
    } catch {
      return false;
    }
  };
  return parses(text) || text.split("\n").every((line) => line.trim() === "" || parses(line));
}

/**
 * What a target gets of an event, as text: its constant `Input`, the part at `InputPath`, the filled `InputTemplate`, or all of it.
 * In a template a variable outside quotes becomes JSON, inside quotes plain text; one whose path leads nowhere is empty.
 * Throws when the result of a template is not JSON, as EventBridge then delivers nothing.
 */
export function transform(input: TargetInput, about: TransformedFor): string {
  if (input.Input !== undefined) return input.Input;
  if (input.InputTransformer !== undefined) {
    const { InputPathsMap, InputTemplate } = input.InputTransformer;
    const text = fill(InputTemplate, variablesFor(InputPathsMap, about));
    if (!isJson(text)) throw new Error(`The input template of ${about.ruleName} does not yield JSON: ${text}`);
    return text;
  }
  const whole = input.InputPath === undefined ? about.event : valueAt(about.event, parsePath(input.InputPath));
  return JSON.stringify(whole ?? {});
}

/** Throws for an input that could never be made: a constant that is not JSON, a path that EventBridge does not read, a template that is not JSON. */
export function checkInput(input: TargetInput): void {
  if (input.Input !== undefined && !isJson(input.Input)) throw new Error(`The input is not JSON: ${input.Input}`);
  for (const path of Object.values(input.InputTransformer?.InputPathsMap ?? {})) parsePath(path);
  if (input.InputPath !== undefined) parsePath(input.InputPath);
  const template = input.InputTransformer?.InputTemplate;
  if (template !== undefined && !isJson(fill(template, () => 0))) {
    throw new Error(`The input template is not JSON once its variables are filled in: ${template}`);
  }
}
