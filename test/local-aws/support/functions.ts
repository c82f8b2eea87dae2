import type { FunctionInvoker, InvocationResult } from "@slipway/local-aws/kernel/part";

/** Functions as a table: what each answers, and with what it was called. */
export interface Functions extends FunctionInvoker {
  readonly calls: { name: string; payload: unknown; at: number }[];
  /** Throwing is the function's own failure. */
  on(name: string, run: (payload: unknown) => unknown): void;
}

/** Thrown by a function of the table: there was no free execution for it. */
export class Throttled extends Error {}

export function functions(): Functions {
  const table = new Map<string, (payload: unknown) => unknown>();
  const calls: Functions["calls"] = [];
  async function invoke(name: string, payload: unknown): Promise<InvocationResult> {
    calls.push({ name, payload, at: Date.now() });
    try {
      return { ok: true, payload: await table.get(name)?.(payload) };
    } catch (error) {
      const errorType = error instanceof Throttled ? "TooManyRequestsException" : "Error";
      return { ok: false, errorType, errorMessage: String(error) };
    }
  }
  return {
    calls,
    on: (name, run) => void table.set(name, run),
    invoke,
    invokeStreaming: invoke,
    roleOf: (name) => `arn:aws:iam::000000000000:role/${name}`,
  };
}
