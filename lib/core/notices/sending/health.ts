import { healthOf, type NotificationEndpoint } from "../../endpoint.ts";
import { plusSeconds } from "../../time.ts";
import type { Channel } from "./channel.ts";
import type { SendingDeps } from "./deps.ts";
import type { DeliveryOutcome } from "./outcome.ts";

/** Whose health it is, and since when it has its address. */
type Recipient = Pick<NotificationEndpoint, "id" | "addressed_at">;

/** Rate limit: seconds until a recipient may be sent something; 0: now, and the turn is taken. */
export async function secondsUntilTurn<Of extends Recipient>(
  deps: Pick<SendingDeps, "healths" | "requests" | "now">,
  appId: number,
  recipient: Of,
  { pace, bucket }: Channel<Of>,
): Promise<number> {
  const now = deps.now();
  const { quiet_until } = healthOf(recipient, await deps.healths.list(appId));
  if (quiet_until !== null && quiet_until > now) return Math.ceil((Date.parse(quiet_until) - Date.parse(now)) / 1000);
  if (pace === null) return 0;
  const taken = await deps.requests.take(`notices#${bucket(recipient)}`, pace, Date.parse(now));
  return taken.allowed ? 0 : taken.retryAfter;
}

/** Records what an attempt says of the recipient's health. */
export async function recordHealth(
  { healths, now }: Pick<SendingDeps, "healths" | "now">,
  appId: number,
  recipient: Recipient,
  outcome: DeliveryOutcome,
): Promise<void> {
  const at = now();
  switch (outcome.outcome) {
    case "sent":
      return healths.record(appId, recipient, { outcome: "sent" }, at);
    case "retryable":
    case "permanent":
      return healths.record(appId, recipient, { outcome: "failed", error: outcome.answer }, at);
    case "rate_limited":
      if (outcome.seconds === null) return;
      return healths.record(appId, recipient, { outcome: "postponed", until: plusSeconds(at, outcome.seconds) }, at);
    case "not_wanted":
  }
}
