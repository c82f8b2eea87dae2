import type { NotificationEndpoint } from "../../endpoint.ts";
import { type Claim, leaseSeconds } from "../../notice/delivery.ts";
import type { OneNotice, OneRunNotice } from "../../notice/message.ts";
import type { Channel } from "./channel.ts";
import type { NoticesDeps } from "./deps.ts";
import { recordHealth, secondsUntilTurn } from "./health.ts";
import { type DeliveryOutcome, delayAfter, longestDelay } from "./outcome.ts";

type Recipient = Pick<NotificationEndpoint, "id" | "addressed_at">;

/** What is particular to a recipient in one attempt to notify it. `Row` is what is stored of the attempts. */
export interface Attempt<Of extends Recipient, Row> {
  readonly recipient: Of;
  readonly channel: Channel<Of>;
  readonly claim: () => Promise<Claim<Row>>;
  /** Stores a row that follows the one that was read. `false`: somebody else was faster. */
  readonly replace: (row: Row) => Promise<boolean>;
  readonly send: (claimed: Row) => Promise<Sent<Row>>;
  /** The row after the attempt, without its lease. `null`: another attempt follows. */
  readonly conclude: (row: Row, settled: "sent" | "given_up" | null) => Row;
  /** Seconds after which a message comes again that somebody else holds; by default, when their lease is over. */
  readonly heldSeconds?: number;
}

export interface Sent<Row> {
  readonly outcome: DeliveryOutcome;
  /** What is stored by now. */
  readonly row: Row;
}

/** One attempt: under a lease, within the rate limit, with the next one after a backoff. */
export async function attempt<Of extends Recipient, Row>(
  deps: NoticesDeps,
  message: OneNotice | OneRunNotice,
  one: Attempt<Of, Row>,
): Promise<void> {
  const { app_id } = message.type === "notice" ? message.deployment : message.run;
  /** If whoever holds it dies it is made again, and otherwise it turns out to be a repeat. */
  const retryHeld = () => deps.queue.send(message, one.heldSeconds ?? leaseSeconds);
  const claimed = await one.claim();
  if (claimed.outcome === "outdated") return deps.logger.info("A notice was already handled", contextOf(message));
  if (claimed.outcome === "held") return retryHeld();
  if (claimed.outcome === "claimed") {
    const seconds = await secondsUntilTurn(deps, app_id, one.recipient, one.channel);
    if (seconds > 0) return deps.queue.send(message, Math.min(seconds, longestDelay));
  }
  if (!(await one.replace(claimed.next))) return retryHeld();
  if (claimed.outcome === "unneeded") return;
  const { outcome, row } = await one.send(claimed.next);
  await recordHealth(deps, app_id, one.recipient, outcome);
  await finish(deps, message, one, { outcome, row });
}

/** The next attempt is on the queue before this one is over: a crash between the two repeats, and loses nothing. */
async function finish<Of extends Recipient, Row>(
  deps: NoticesDeps,
  message: OneNotice | OneRunNotice,
  { replace, conclude }: Attempt<Of, Row>,
  { outcome, row }: Sent<Row>,
): Promise<void> {
  const delay = delayAfter(message.attempt, outcome);
  if (delay !== null) await deps.queue.send({ ...message, attempt: message.attempt + 1 }, delay);
  const settled = outcome.outcome === "sent" ? "sent" : delay === null ? "given_up" : null;
  await replace(conclude(row, settled));
  const words =
    settled === "sent"
      ? "A notice was sent"
      : settled === null
        ? "A notice is sent again"
        : "A notice failed permanently";
  const level = settled === "sent" ? "info" : "warn";
  deps.logger[level](words, { ...contextOf(message), answer: outcome.answer });
}

export function contextOf(message: OneNotice | OneRunNotice) {
  const { endpoint_id, attempt } = message;
  if (message.type === "run_notice") {
    const { id, app_id, deployment_id } = message.run;
    return { run_id: id, deployment_id, app_id, endpoint_id, attempt };
  }
  const { id, app_id, stage } = message.deployment;
  return { deployment_id: id, app_id, stage, endpoint_id, attempt };
}
