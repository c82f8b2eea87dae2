import { connectSchema } from "../contract/requests.ts";
import type { Holder } from "../core/access/credential.ts";
import type { Principal } from "../core/access/principal.ts";
import type { Requests, Tokens } from "../core/ports/access.ts";
import type { Deployments } from "../core/ports/deployments.ts";
import type { WorkQueue } from "../core/ports/infrastructure.ts";
import type { Connections, Feeds, OpenSockets } from "../core/ports/sockets.ts";
import type { OpenSocket } from "../core/sockets/open-socket.ts";
import { toTimestamp } from "../core/time.ts";
import { encodeReply } from "./encode.ts";
import { ApiError, noDeployment } from "./errors.ts";
import { takeFrom } from "./limited.ts";
import { admits } from "./lost-access.ts";
import { parse } from "./parse.ts";
import { mayRead } from "./principal.ts";
import { standingOf } from "./standing.ts";

/** What sockets reach. */
export interface SocketsDeps {
  readonly deployments: Pick<Deployments, "get">;
  readonly connections: Pick<Connections, "add" | "remove">;
  readonly feeds: Pick<Feeds, "add" | "remove">;
  readonly openSockets: Pick<OpenSockets, "add" | "remove">;
  readonly queue: Pick<WorkQueue, "send">;
  readonly tokens: Pick<Tokens, "take" | "get">;
  readonly requests: Pick<Requests, "take">;
  readonly hash: (text: string) => string;
  readonly now: () => string;
  readonly nowSeconds: () => number;
}

/** Who opens a socket, as the authorizer found out. */
export interface Opening {
  readonly connectionId: string;
  readonly principal: Principal | null;
  readonly holder: Holder | null;
}

/** Authorizes a viewer to the feed or to one deployment. Which of them is the address's to say, and the edge marks it. Throws `ApiError`. */
export async function connect(
  deps: SocketsDeps,
  { connectionId, principal, holder }: Opening,
  query: Readonly<Record<string, string>>,
): Promise<void> {
  if (principal === null) throw new ApiError("unauthorized");
  await takeFrom(deps, "sockets", principal.id);
  const { socket, add } =
    query.feed === "1"
      ? await toFeed(deps, connectionId, principal, query.ticket)
      : await toDeployment(deps, connectionId, principal, query);
  const open = { ...socket, connected_at: deps.now(), token: holder?.token ?? null, session: holder?.session ?? null };
  // Found by its holder first: from here on whatever takes access away ends it.
  await deps.openSockets.add(open);
  await add();
  if (holder !== null) await confirm(deps, open, holder);
}

/** The row of a socket that is authorized, if its holder still is. */
interface AuthorizedSocket {
  readonly socket: Pick<OpenSocket, "connection_id" | "deployment_id" | "apps">;
  readonly add: () => Promise<void>;
}

async function toFeed(
  deps: SocketsDeps,
  connection_id: string,
  { apps, name: principal }: Principal,
  ticket: string | undefined,
): Promise<AuthorizedSocket> {
  if (ticket !== undefined && (await takeTicket(deps, ticket)) !== null) throw new ApiError("unauthorized");
  const connected_at = deps.now();
  return {
    socket: { connection_id, deployment_id: null, apps },
    add: () => deps.feeds.add({ connection_id, apps, connected_at, principal, missed: [], ...untried }),
  };
}

/** The connection's row lies beside the deployment; the pump sends it the snapshot. */
async function toDeployment(
  deps: SocketsDeps,
  connection_id: string,
  principal: Principal,
  query: Readonly<Record<string, string>>,
): Promise<AuthorizedSocket> {
  const { id, after, batch } = parse(connectSchema, query);
  if (query.ticket !== undefined && (await takeTicket(deps, query.ticket)) !== id) throw noDeployment(id);
  const row = await deps.deployments.get(id);
  if (row === null || !mayRead(principal, row.app_id)) throw noDeployment(id);
  const viewer = { connection_id, after, batch, connected_at: deps.now(), principal: principal.name };
  return {
    socket: { connection_id, deployment_id: id, apps: [row.app_id] },
    add: () => deps.connections.add(id, { ...viewer, live: false, snapshot_sent: false, ...untried }),
  };
}

/** API Gateway closes a socket by then. */
const longestLifeSeconds = 2 * 3600;
/** SQS cannot delay longer. */
const longestDelaySeconds = 900;

/** Access that was lost while the socket was opened is lost; and what ends soon ends the socket when it does. */
async function confirm(deps: SocketsDeps, socket: OpenSocket, holder: Holder): Promise<void> {
  const nowSeconds = deps.nowSeconds();
  const standing = await standingOf(deps.tokens, holder, nowSeconds);
  const { deployment_id, connection_id } = socket;
  if (standing === null || !admits(standing.principal, socket)) {
    await disconnect(deps, connection_id, holder);
    throw new ApiError("unauthorized");
  }
  const seconds = (standing.expires_at ?? Number.POSITIVE_INFINITY) - nowSeconds;
  if (seconds > longestLifeSeconds) return;
  const due = toTimestamp((nowSeconds + seconds) * 1000);
  const message = { type: "socket_expires", socket: { deployment_id, connection_id }, due } as const;
  await deps.queue.send(message, Math.min(longestDelaySeconds, seconds));
}

/** Forgets a socket that is closed. */
export async function disconnect(deps: SocketsDeps, connectionId: string, holder: Holder | null): Promise<void> {
  const socket = await deps.openSockets.remove(holder?.token ?? null, connectionId);
  if (socket === null) return;
  if (socket.deployment_id === null) await deps.feeds.remove(connectionId);
  else await deps.connections.remove(socket.deployment_id, connectionId);
}

const untried = { failures: 0, retry_at: null, closing: false } as const;

/** A ticket opens one socket: to the deployment answered, or if that is `null` to the feed. */
async function takeTicket(deps: SocketsDeps, ticket: string): Promise<number | null> {
  const taken = await deps.tokens.take(deps.hash(ticket), deps.nowSeconds());
  if (taken?.kind !== "ticket") throw new ApiError("unauthorized");
  return taken.deployment_id;
}

/** The reply to a message of a viewer. */
export function answer(message: string | undefined, now: string): string {
  return encodeReply(parsed(message)?.type === "ping" ? "pong" : "refused", now);
}

function parsed(message: string | undefined): { type?: unknown } | null {
  try {
    const value: unknown = JSON.parse(message ?? "");
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
