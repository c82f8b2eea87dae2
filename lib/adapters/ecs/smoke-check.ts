import { request } from "node:https";
import { rootCertificates } from "node:tls";
import type { ReleaseOrder } from "../../core/ports/releases.ts";
import type { Front } from "./front.ts";

const answerWithinMs = 10_000;

/** What came of a request: the status of its answer, or why there was none. */
type Asked = { readonly status: number } | { readonly unanswered: string };

/** Sends a GET to the version that is tested. Redirects are answers too. `reached`: where, if not at the host of `url`. */
export type Ask = (
  url: string,
  headers: Readonly<Record<string, string>>,
  reached?: Front["reached"],
) => Promise<Asked>;

export const askOverHttp: Ask = async (url, headers, reached = null) => {
  const signal = AbortSignal.timeout(answerWithinMs);
  try {
    if (reached !== null) return await askAt(reached, new URL(url), headers, signal);
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

/** Over TLS at the load balancer itself, by the app's name: DNS may not know it yet. */
function askAt(
  { host, authority }: NonNullable<Front["reached"]>,
  { hostname, port, pathname, search }: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Asked> {
  const trusted = authority === "" ? {} : { ca: [...rootCertificates, authority] };
  const path = `${pathname}${search}`;
  const named = { ...headers, host: port === "" ? hostname : `${hostname}:${port}` };
  return new Promise((resolve, reject) => {
    const asked = { host, port: port === "" ? 443 : port, servername: hostname, path, headers: named, signal };
    const asking = request({ ...asked, ...trusted, agent: false }, (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode ?? 0 });
    });
    asking.once("error", reject);
    asking.end();
  });
}

/** Asks the version that is tested. What is wrong with its answer, or `null`. */
export async function wrongAnswer(
  { settings }: ReleaseOrder,
  { url, testHeaders, reached }: Pick<Front, "url" | "testHeaders" | "reached">,
  ask: Ask,
): Promise<string | null> {
  const check = settings.strategy.smoke_check;
  if (check === undefined) return null;
  const asked = await ask(`${url}${check.path}`, testHeaders, reached);
  if ("unanswered" in asked) return asked.unanswered;
  return asked.status === check.expect_status ? null : `it answered ${asked.status}`;
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
