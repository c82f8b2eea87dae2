import { inlineText } from "@slipway/text/inert";
import { shorten } from "@slipway/text/shorten";
import type { Mailed, Posted } from "../../ports/notices.ts";

const longestAnswer = 500;

/** What an attempt came to, in a sentence, and whether another one is worth while. */
export type DeliveryOutcome =
  | { readonly outcome: "sent"; readonly answer: string }
  /** Rate limit: `seconds` until it may be retried, as it said, or `null`. */
  | { readonly outcome: "rate_limited"; readonly answer: string; readonly seconds: number | null }
  | { readonly outcome: "retryable"; readonly answer: string }
  /** A person must fix something: it is not retried. */
  | { readonly outcome: "permanent"; readonly answer: string }
  /** The recipient was never set up to be notified: it is not retried, and nothing is wrong. */
  | { readonly outcome: "not_wanted"; readonly answer: string };

/** What the answer of an HTTP endpoint means. */
export function outcomeOfPost(posted: Posted): DeliveryOutcome {
  if (posted.outcome === "refused") return { outcome: "permanent", answer: posted.message };
  if (posted.outcome === "unreachable") return { outcome: "retryable", answer: posted.message };
  const { status, retryAfter } = posted;
  if (status >= 200 && status < 300) return { outcome: "sent", answer: `It answered ${status}.` };
  if (status === 429)
    return { outcome: "rate_limited", answer: "It answered 429: too many messages.", seconds: retryAfter };
  if (status >= 500 || status === 408 || status === 425)
    return { outcome: "retryable", answer: `It answered ${status}.` };
  if (status >= 300 && status < 400)
    return {
      outcome: "permanent",
      answer: `It answered ${status}, a redirect, which is not followed. Give the address that it leads to.`,
    };
  return {
    outcome: "permanent",
    answer: `It answered ${status}. Check the address, and replace it if it has changed.`,
  };
}

/** What SES said, or the mail server behind it in its own words. */
export function outcomeOfMail(mailed: Mailed): DeliveryOutcome {
  if (mailed.outcome === "sent") return { outcome: "sent", answer: "The mail was accepted." };
  return {
    outcome: mailed.isLasting ? "permanent" : "retryable",
    answer: shorten(inlineText(mailed.message), longestAnswer),
  };
}

/** Seconds from a failed attempt to the next: about 50 minutes in all. */
const delays = [2, 10, 60, 300, 900, 900, 900] as const;
/** SQS holds a message back no longer. */
export const longestDelay = 900;

/** Seconds until the next attempt after attempt `attempt` (from 1); `null`: it is given up. */
export function delayAfter(attempt: number, outcome: DeliveryOutcome): number | null {
  if (outcome.outcome !== "rate_limited" && outcome.outcome !== "retryable") return null;
  const usual = delays[attempt - 1];
  if (usual === undefined) return null;
  return outcome.outcome === "rate_limited" ? Math.min(longestDelay, Math.max(1, outcome.seconds ?? usual)) : usual;
}
