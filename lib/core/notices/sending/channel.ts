import type { EndpointType, NotificationEndpoint } from "../../endpoint.ts";
import type { Notice } from "../../notice/notice.ts";
import type { SendingDeps } from "./deps.ts";
import { type DeliveryOutcome, outcomeOfPost } from "./outcome.ts";

/** A token bucket: how many messages a service takes. */
export interface Pace {
  readonly burst: number;
  readonly perMinute: number;
}

/** What every channel says of itself. The notices do the rest: leases, rate limits, retries with backoff, health. */
export interface Channel<Recipient> {
  /** Rate limit; `null`: none. */
  readonly pace: Pace | null;
  /** What shares the pace, as part of a key. */
  readonly bucket: (recipient: Recipient) => string;
}

/** A channel to endpoints that people configure. */
export interface EndpointChannel extends Channel<NotificationEndpoint> {
  /** What a new endpoint must be given. lib/contract/endpoints.ts has the fields, and requires the same. */
  readonly needs: readonly ("url" | "secret" | "to")[];
  /** One attempt. Throws nothing that the receiver is the cause of. */
  readonly send: (deps: SendingDeps, delivery: EndpointDelivery) => Promise<DeliveryOutcome>;
}

interface EndpointDelivery {
  readonly appId: number;
  readonly endpoint: NotificationEndpoint;
  readonly notice: Notice;
}

/** A channel that is one POST of JSON to the URL of the endpoint, which is signed if the endpoint has a secret. */
export const posting = (
  needs: EndpointChannel["needs"],
  pace: Pace | null,
  render: (notice: Notice, deps: SendingDeps) => string,
): EndpointChannel => ({
  needs,
  pace,
  bucket: ({ address_hash, id }) => address_hash ?? id,
  send: async (deps, { appId, endpoint, notice }) => {
    const address = await deps.addresses.get(appId, endpoint.id);
    if (address === null) return { outcome: "permanent", answer: "Its URL is no longer stored. Enter it again." };
    const body = render(notice, deps);
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
  },
});

/** One channel for each type of endpoint. */
export type EndpointChannels = Readonly<Record<EndpointType, EndpointChannel>>;
