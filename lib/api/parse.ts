import type * as z from "zod";
import { ApiError, type Detail } from "./errors.ts";
import { plainIssue } from "./plain-issues.ts";

/** What a schema makes of a value from outside. Refuses with every wrong or unknown field at once. */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value ?? {}, { error: plainIssue });
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.flatMap(detailsOf);
  const named = details.map((detail) => detail.field).join(", ");
  throw new ApiError("invalid_request", { sentence: `The request has invalid fields: ${named}.`, details });
}

function detailsOf(issue: z.core.$ZodIssue): Detail[] {
  const path = issue.path.map(String).join(".");
  if (issue.code !== "unrecognized_keys") return [{ field: path === "" ? "body" : path, message: messageOf(issue) }];
  return issue.keys.map((key) => ({ field: path === "" ? key : `${path}.${key}`, message: "is not a known field" }));
}

/** Of a key that is not allowed zod says only that it is invalid; why, lies below. */
const messageOf = (issue: z.core.$ZodIssue): string =>
  (issue.code === "invalid_key" ? issue.issues[0]?.message : undefined) ?? issue.message;
