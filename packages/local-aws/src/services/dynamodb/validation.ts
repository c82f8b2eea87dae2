import type * as z from "zod";
import { AwsError } from "../../kernel/service.ts";

/** What DynamoDB says of an input that it cannot read. */
export function validationError(message: string): AwsError {
  return new AwsError("ValidationException", message);
}

/** The input as `schema` reads it, or a ValidationException that names every mistake. */
export function parsed<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => `Value at '${path.join(".")}': ${message}`);
  const noun = issues.length === 1 ? "validation error" : "validation errors";
  throw validationError(`${issues.length} ${noun} detected: ${issues.join("; ")}`);
}
