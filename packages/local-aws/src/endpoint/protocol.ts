import type { AwsError, WireRequest, WireResponse } from "../kernel/service.ts";

/** How a family of services puts calls, answers and errors on the wire. */
export interface Protocol {
  /** The operation's name; `""` when the request names none. */
  operation(request: WireRequest): string;
  /** Throws {@link AwsError} for a body that is not of this protocol. */
  input(request: WireRequest): unknown;
  answer(operation: string, output: unknown, dialect: string, requestId: string): WireResponse;
  fail(error: AwsError, request: WireRequest, dialect: string, requestId: string): WireResponse;
}
