import type { Connections } from "../ports/connections.ts";
import type { Deployments } from "../ports/deployments.ts";
import type { Feeds } from "../ports/feeds.ts";
import type { Requests } from "../ports/requests.ts";
import type { Principal, Tokens } from "../ports/tokens.ts";
import { ApiError, noDeployment } from "./errors.ts";
import { takeFrom } from "./limited.ts";
import { parse } from "./parse.ts";
import { mayRead } from "./principal.ts";
import { connectSchema } from "./schemas.ts";

/** What sockets reach. */
export interface SocketsWorld {
  readonly deployments: Deployments;
  readonly connections: Connections;
  readonly feeds: Feeds;
  readonly tokens: Pick<Tokens, "take">;
  readonly requests: Pick<Requests, "take">;
  readonly hash: (text: string) => string;
  readonly now: () => string;
  readonly nowSeconds: () => number;
}

/** Admits a viewer to the feed or to one deployment. Which of them is the address's to say, and the edge marks it. Throws `ApiError`. */
export async function connect(
  world: SocketsWorld,
  connectionId: string,
  principal: Principal | null,
  query: Readonly<Record<string, string>>,
): Promise<void> {
  if (principal === null) throw new ApiError("unauthorized");
  await takeFrom(world, "sockets", principal.id);
  if (query.feed === "1") await connectToFeed(world, connectionId, principal, query.ticket);
  else await connectToDeployment(world, connectionId, principal, query);
}

async function connectToFeed(
  world: SocketsWorld,
  connectionId: string,
  principal: Principal,
  ticket: string | undefined,
): Promise<void> {
  if (ticket !== undefined && (await takeTicket(world, ticket)) !== null) throw new ApiError("unauthorized");
  await world.feeds.add({
    connection_id: connectionId,
    apps: principal.apps,
    missed: [],
    connected_at: world.now(),
    principal: principal.name,
    ...untried,
  });
}

/** Notes the connection beside the deployment; the pump greets it. */
async function connectToDeployment(
  world: SocketsWorld,
  connectionId: string,
  principal: Principal,
  query: Readonly<Record<string, string>>,
): Promise<void> {
  const { id, after, batch } = parse(connectSchema, query);
  if (query.ticket !== undefined && (await takeTicket(world, query.ticket)) !== id) throw noDeployment(id);
  const row = await world.deployments.get(id);
  if (row === null || !mayRead(principal, row.app_id)) throw noDeployment(id);
  await world.connections.add(row.id, {
    connection_id: connectionId,
    after,
    batch,
    live: false,
    greeted: false,
    connected_at: world.now(),
    principal: principal.name,
    ...untried,
  });
}

const untried = { failures: 0, retry_at: null, closing: false } as const;

/** A ticket opens one socket: to the deployment answered, or if that is `null` to the feed. */
async function takeTicket(world: SocketsWorld, ticket: string): Promise<number | null> {
  const taken = await world.tokens.take(world.hash(ticket), world.nowSeconds());
  if (taken?.kind !== "ticket") throw new ApiError("unauthorized");
  return taken.deployment_id;
}

/** What a message of a viewer is answered. */
export function answer(message: string | undefined, now: string): string {
  const ping = parsed(message)?.type === "ping";
  if (ping) return JSON.stringify({ type: "pong", timestamp: now, data: {} });
  const data = { message: 'Only {"type":"ping"} is understood here.', scope: "connection" };
  return JSON.stringify({ type: "error", timestamp: now, data });
}

function parsed(message: string | undefined): { type?: unknown } | null {
  try {
    const value: unknown = JSON.parse(message ?? "");
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
