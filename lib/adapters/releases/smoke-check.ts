import type { ReleaseOrder } from "../../ports/releases.ts";
import type { Front } from "./load-balancing.ts";

const answerWithinMs = 10_000;

/** Asks the version that is tested. What is wrong with its answer, or `null`. Redirects are answers too. */
export async function wrongAnswer(
  { settings }: ReleaseOrder,
  { url, testHeaders }: Pick<Front, "url" | "testHeaders">,
): Promise<string | null> {
  const check = settings.strategy.smoke_check;
  if (check === undefined) return null;
  const signal = AbortSignal.timeout(answerWithinMs);
  try {
    const answer = await fetch(`${url}${check.path}`, { headers: testHeaders, redirect: "manual", signal });
    await answer.body?.cancel();
    return answer.status === check.expect_status ? null : `it answered ${answer.status}`;
  } catch (error) {
    // Whatever keeps it from answering is what the check is for.
    return signal.aborted
      ? `it did not answer within ${answerWithinMs / 1000} s`
      : `it did not answer (${causeOf(error)})`;
  }
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
