import type * as z from "zod";

type Issue = z.core.$ZodRawIssue;

/** What a field must be, where its schema does not say that in words of its own; `undefined`: as zod says it. */
export function plainIssue(issue: Issue): string | undefined {
  switch (issue.code) {
    case "too_big":
      return `must ${amount(issue.origin, "at most", issue.maximum)}`;
    case "too_small":
      if (issue.origin === "string" && Number(issue.minimum) === 1) return "must not be empty";
      return `must ${amount(issue.origin, "at least", issue.minimum)}`;
    case "invalid_type":
      return issue.input === undefined ? "is required" : `must be ${kinds[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return issue.input === undefined ? "is required" : `must be ${listed(issue.values.map(String))}`;
    case "invalid_union":
      return Array.isArray(issue.options) ? `must be ${listed(issue.options.map(String))}` : undefined;
    default:
      return undefined;
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

function amount(origin: string, bound: string, value: number | bigint): string {
  if (origin === "string") return `have ${bound} ${value} characters`;
  if (origin === "array" || origin === "set") return `have ${bound} ${value} ${value === 1 ? "entry" : "entries"}`;
  if (origin === "record" || origin === "object" || origin === "map") return `have ${bound} ${value} fields`;
  return `be ${bound} ${value}`;
}

const listed = (values: readonly string[]): string =>
  values.length === 1 ? String(values[0]) : `one of ${values.join(", ")}`;
