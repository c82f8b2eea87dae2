import type { Client } from "./client.ts";
import { Link, type LinkState } from "./link.ts";
import type { Deployment } from "./types.ts";

export interface EventsListener {
  /** As it is now. It may come again, and an older version after a newer one: compare `version`. */
  readonly onDeployment: (deployment: Deployment) => void;
  /**
   * `connected` comes again after each reconnect: what changed meanwhile was missed, so read lists anew. While it is
   * `polling` or `reconnecting` nothing comes: ask REST.
   */
  readonly onConnection: (state: LinkState) => void;
}

/** Every change of every deployment that the caller may read, until it is stopped. */
export function watchEvents(
  client: Client,
  { onDeployment, onConnection }: EventsListener,
): { reconnect(): void; stop(): void } {
  const link = new Link({
    environment: client.environment,
    address: () => client.socketAddress("/api/events", {}, {}),
    probe: client.me,
    isGreeted: false,
    onMessage: ({ type, data }) => {
      if (type === "deployment") onDeployment(data as Deployment);
    },
    onState: onConnection,
  });
  return { reconnect: () => link.nudge(), stop: () => link.close() };
}
