import type { Principal } from "../core/access/principal.ts";
import type { Logger } from "../core/logger.ts";
import type { Tokens } from "../core/ports/access.ts";
import type { OpenSockets, SocketSignals } from "../core/ports/sockets.ts";
import type { OpenSocket } from "../core/sockets/open-socket.ts";
import { mayRead } from "./principal.ts";
import { standingOf } from "./standing.ts";

/** What it takes to end sockets whose holders may not have them any more. */
export interface LostAccessDeps {
  readonly tokens: Pick<Tokens, "get">;
  readonly openSockets: Pick<OpenSockets, "heldBy" | "list">;
  readonly signals: Pick<SocketSignals, "end">;
  readonly nowSeconds: () => number;
  readonly logger: Logger;
}

/**
 * Ends those sockets of a token that it does not admit now: it or the session was revoked or is over, or it is for
 * other apps. It does not matter what brought this about, or how often it is asked.
 */
export async function endLostSockets(deps: LostAccessDeps, token: string): Promise<void> {
  for (const socket of await deps.openSockets.heldBy(token)) {
    const { session } = socket;
    const standing = await standingOf(deps.tokens, { token, session }, deps.nowSeconds());
    if (standing === null || !admits(standing.principal, socket)) await end(deps, socket, "Its holder lost access");
  }
}

/** Ends the sockets of those who watch deployments of an app that was deleted. */
export async function endSocketsOfApp(deps: LostAccessDeps, appId: number): Promise<void> {
  const watching = (await deps.openSockets.list()).filter(
    ({ deployment_id, apps }) => deployment_id !== null && apps?.includes(appId),
  );
  for (const socket of watching) await end(deps, socket, "Its app was deleted");
}

/** Whether somebody may have this socket. A reader of the feed is notified of just the apps with which it was opened. */
export function admits(principal: Principal, { deployment_id, apps }: OpenSocket): boolean {
  if (deployment_id !== null) return apps?.every((id) => mayRead(principal, id)) ?? false;
  return JSON.stringify(apps?.toSorted()) === JSON.stringify(principal.apps?.toSorted());
}

async function end(deps: LostAccessDeps, { deployment_id, connection_id }: OpenSocket, why: string): Promise<void> {
  deps.logger.info(`A socket is closed: ${why}`, {
    connection_id,
    ...(deployment_id === null ? {} : { deployment_id }),
  });
  await deps.signals.end({ deployment_id, connection_id });
}
