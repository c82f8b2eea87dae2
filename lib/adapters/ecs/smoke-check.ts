import type { ReleaseOrder } from "../../core/ports/releases.ts";
import type { Front } from "./load-balancing.ts";

const answerWithinMs = 10_000;

/** What came of a request: the status of its answer, or why there was none. */
type Asked = { readonly status: number } | { readonly unanswered: string };

/** Sends a GET to the version that is tested. Redirects are answers too. */
export type Ask = (url: string, headers: Readonly<Record<string, string>>) => Promise<Asked>;

export const askOverHttp: Ask = async (url, headers) => {
  const signal = AbortSignal.timeout(answerWithinMs);
  try {
    const answer = await fetch(url, { headers, redirect: "manual", signal });
    await answer.body?.cancel();
    return { status: answer.status };
  } catch (error) {
    // Whatever keeps it from answering is what the check is for.
    return {
      unanswered: signal.aborted
        ? `it did not answer within ${answerWithinMs / 1000} s`
        : `it did not answer (${causeOf(error)})`,
    };
  }
};

/** Asks the version that is tested. What is wrong with its answer, or `null`. */
export async function wrongAnswer(
  { settings }: ReleaseOrder,
  { url, testHeaders }: Pick<Front, "url" | "testHeaders">,
  ask: Ask,
): Promise<string | null> {
  const check = settings.strategy.smoke_check;
  if (check === undefined) return null;
  const asked = await ask(`${url}${check.path}`, testHeaders);
  if ("unanswered" in asked) return asked.unanswered;
  return asked.status === check.expect_status ? null : `it answered ${asked.status}`;
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
