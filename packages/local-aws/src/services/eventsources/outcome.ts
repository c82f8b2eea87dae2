import * as z from "zod";
import type { InvocationResult } from "../../kernel/part.ts";

/** What became of a batch: everything done, everything failed, or only the items with these identifiers failed. */
export type BatchOutcome =
  | { readonly kind: "done" }
  | {
      readonly kind: "failed";
      readonly reason: string;
      readonly functionError: string | null;
      readonly throttled: boolean;
    }
  | { readonly kind: "partial"; readonly failed: ReadonlySet<string> };

const response = z
  .object({
    batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish(),
  })
  .nullish();

const wholeBatch = (reason: string): BatchOutcome => ({
  kind: "failed",
  reason,
  functionError: null,
  throttled: false,
});

/**
 * Reads a function's answer as Lambda's pollers do. Without `ReportBatchItemFailures` only a function error fails a batch.
 * With it: no or an empty list is success; an answer of another shape or an identifier that is not in the batch fails all of it.
 */
export function outcomeOf(
  result: InvocationResult,
  reportsItemFailures: boolean,
  identifiers: ReadonlySet<string>,
): BatchOutcome {
  if (!result.ok) {
    const throttled = result.errorType === "TooManyRequestsException";
    const reason = `${result.errorType}: ${result.errorMessage}`;
    return { kind: "failed", reason, functionError: throttled ? null : "Unhandled", throttled };
  }
  if (!reportsItemFailures) return { kind: "done" };
  const parsed = response.safeParse(result.payload === "" ? null : result.payload);
  if (!parsed.success)
    return wholeBatch(`The function's answer has no readable batchItemFailures: ${parsed.error.message}`);
  const failed = new Set(parsed.data?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
  if (failed.size === 0) return { kind: "done" };
  const unknown = [...failed].find((identifier) => !identifiers.has(identifier));
  if (unknown !== undefined) return wholeBatch(`The function reported an item that is not in its batch: ${unknown}`);
  return { kind: "partial", failed };
}
