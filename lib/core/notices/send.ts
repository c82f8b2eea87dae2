import { plusSeconds } from "../time.ts";
import { renderDiscord } from "./channels/discord.ts";
import { renderEmail } from "./channels/email.ts";
import { renderSlack } from "./channels/slack.ts";
import { renderWebhook } from "./channels/webhook.ts";
import type { SendingDeps } from "./deps.ts";
import { type EndpointType, healthOf, type NotificationEndpoint } from "./endpoint.ts";
import type { Notice } from "./notice.ts";
import { type DeliveryOutcome, outcomeOfMail, outcomeOfPost } from "./outcome.ts";

/** Messages that each service takes: Slack and Discord one a second a hook, SES as little before it trusts an account. */
const paces: Readonly<Record<EndpointType, { burst: number; perMinute: number } | null>> = {
  slack: { burst: 1, perMinute: 60 },
  discord: { burst: 1, perMinute: 60 },
  email: { burst: 1, perMinute: 60 },
  webhook: null,
};

/** Rate limit: seconds until an endpoint may be sent something; 0: now, and the turn is taken. */
export async function secondsUntilTurn(
  deps: SendingDeps,
  appId: number,
  endpoint: NotificationEndpoint,
): Promise<number> {
  const now = deps.now();
  const { quiet_until } = healthOf(endpoint, await deps.healths.list(appId));
  if (quiet_until !== null && quiet_until > now) return Math.ceil((Date.parse(quiet_until) - Date.parse(now)) / 1000);
  const pace = paces[endpoint.type];
  if (pace === null) return 0;
  const bucket = endpoint.type === "email" ? "mail" : (endpoint.address_hash ?? endpoint.id);
  const taken = await deps.requests.take(`notices#${bucket}`, pace, Date.parse(now));
  return taken.allowed ? 0 : taken.retryAfter;
}

/** Notifies one endpoint, once, and records how it went. */
export async function send(
  deps: SendingDeps,
  appId: number,
  endpoint: NotificationEndpoint,
  notice: Notice,
): Promise<DeliveryOutcome> {
  const outcome =
    endpoint.to === null ? await post(deps, appId, endpoint, notice) : await mail(deps, endpoint.to, notice);
  const now = deps.now();
  if (outcome.outcome === "sent") await deps.healths.record(appId, endpoint, { outcome: "sent" }, now);
  else if (outcome.outcome !== "rate_limited")
    await deps.healths.record(appId, endpoint, { outcome: "failed", error: outcome.answer }, now);
  else if (outcome.seconds !== null)
    await deps.healths.record(appId, endpoint, { outcome: "postponed", until: plusSeconds(now, outcome.seconds) }, now);
  return outcome;
}

async function mail(deps: SendingDeps, to: string, notice: Notice): Promise<DeliveryOutcome> {
  return outcomeOfMail(await deps.mail.send({ to, ...renderEmail(notice) }));
}

async function post(
  deps: SendingDeps,
  appId: number,
  endpoint: NotificationEndpoint,
  notice: Notice,
): Promise<DeliveryOutcome> {
  const address = await deps.addresses.get(appId, endpoint.id);
  if (address === null || endpoint.type === "email")
    return { outcome: "permanent", answer: "Its address is gone. Give it another one." };
  const body = bodyFor(deps, endpoint.type, notice);
  const signature =
    address.secret === null ? {} : { "X-Slipway-Signature-256": `sha256=${deps.sign(address.secret, body)}` };
  return outcomeOfPost(
    await deps.outbound.post({
      url: address.url,
      headers: {
        "Content-Type": "application/json",
        "User-Agent": "Slipway",
        "X-Slipway-Delivery": notice.delivery,
        ...signature,
      },
      body,
    }),
  );
}

function bodyFor({ encode }: SendingDeps, type: Exclude<EndpointType, "email">, notice: Notice): string {
  if (type === "webhook") return encode(renderWebhook(notice));
  return JSON.stringify(type === "slack" ? renderSlack(notice) : renderDiscord(notice));
}
