import * as z from "zod";
import { AwsError, type Caller, type Operation, type Permission } from "./service.ts";

/** An operation whose input has been read. */
interface Typed<T> {
  permissions(input: T, caller: Caller): readonly Permission[];
  run(input: T, caller: Caller): Promise<unknown> | unknown;
}

/** The input as `schema` reads it, or the service's own error `invalid` with every mistake in its message. */
function read<T>(schema: z.ZodType<T>, invalid: string, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new AwsError(invalid, z.prettifyError(parsed.error));
}

/** Makes operations whose inputs are read by zod schemas; a service that says no to one says it with the error code `invalid`. */
export function operationsOf(invalid: string): <T>(schema: z.ZodType<T>, operation: Typed<T>) => Operation {
  return (schema, operation) => ({
    permissions: (input, caller) => operation.permissions(read(schema, invalid, input), caller),
    run: (input, caller) => operation.run(read(schema, invalid, input), caller),
  });
}
