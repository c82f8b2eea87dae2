import type { EndpointHealth, NotificationEndpoint } from "../notices/endpoint.ts";

/** What became of an attempt to send to an endpoint. */
export type Attempted =
  | { readonly outcome: "sent" }
  /** It asked for a pause, which is no failure. */
  | { readonly outcome: "postponed"; readonly until: string }
  | { readonly outcome: "failed"; readonly error: string };

/** Which endpoints work. Forgotten 90 days after the last attempt. */
export interface EndpointHealths {
  /** Of all endpoints of an app that were sent to. Strongly consistent. */
  list(appId: number): Promise<readonly EndpointHealth[]>;
  /** Since when it fails stands until something arrives. */
  record(
    appId: number,
    endpoint: Pick<NotificationEndpoint, "id" | "addressed_at">,
    attempted: Attempted,
    now: string,
  ): Promise<void>;
}
