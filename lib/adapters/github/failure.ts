import { RequestError } from "@octokit/request-error";
import type { GitHubAnswer } from "../../core/ports/github.ts";

type Failure = Exclude<GitHubAnswer<never>, { readonly outcome: "answered" }>;

/** GitHub asks for a minute where a secondary limit says nothing. */
const secondarySeconds = 60;

/** What a failed call means. Throws what is no failure of GitHub's. */
export function failureOf(error: unknown, nowSeconds: number): Failure {
  if (!(error instanceof RequestError)) throw error;
  const { status, response } = error;
  if (response === undefined)
    return { outcome: "unreachable", message: `GitHub did not answer: ${sentence(error.message)}` };
  const seconds = pauseIn(error, nowSeconds);
  if (seconds !== null) return { outcome: "rate_limited", message: "GitHub's rate limit is reached.", seconds };
  const said = `GitHub answered ${status}: ${sentence(error.message)}`;
  if (status >= 500 || status === 408) return { outcome: "unreachable", message: said };
  if (status === 401)
    return {
      outcome: "refused",
      message: `${said} Its key may have been revoked, or the app deleted: forget it in the settings, and make another.`,
    };
  if (status === 403)
    return {
      outcome: "refused",
      message: `${said} Accept the app's permissions on its page at GitHub, and that it is not suspended.`,
    };
  return { outcome: "refused", message: said };
}

/** Rate limit: seconds until GitHub may be asked again; `null`: it does not say that it is too much. */
function pauseIn({ status, message, response }: RequestError, nowSeconds: number): number | null {
  if (status !== 403 && status !== 429) return null;
  const headers = response?.headers ?? {};
  const retryAfter = Number(headers["retry-after"] ?? Number.NaN);
  if (Number.isFinite(retryAfter)) return Math.max(1, Math.ceil(retryAfter));
  const reset = Number(headers["x-ratelimit-reset"] ?? Number.NaN);
  if (headers["x-ratelimit-remaining"] === "0" && Number.isFinite(reset)) return Math.max(1, reset - nowSeconds);
  return status === 429 || /secondary rate limit|abuse detection/i.test(message) ? secondarySeconds : null;
}

const sentence = (text: string): string => {
  const short = text.replace(/\s+/g, " ").trim().slice(0, 200);
  return /[.!?]$/.test(short) ? short : `${short}.`;
};
