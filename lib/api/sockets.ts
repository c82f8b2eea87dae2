import type { Connections } from "../ports/connections.ts";
import type { Deployments } from "../ports/deployments.ts";
import type { Principal, Tokens } from "../ports/tokens.ts";
import { ApiError, noDeployment } from "./errors.ts";
import { parse } from "./parse.ts";
import { mayRead } from "./principal.ts";
import { connectSchema } from "./schemas.ts";

/** What sockets reach. */
export interface SocketsWorld {
  readonly deployments: Deployments;
  readonly connections: Connections;
  readonly tokens: Tokens;
  readonly hash: (text: string) => string;
  readonly nowSeconds: () => number;
}

/** Admits a viewer to one deployment and notes the connection beside it; the pump greets it. Throws `ApiError`. */
export async function connect(
  world: SocketsWorld,
  connectionId: string,
  principal: Principal | null,
  query: Readonly<Record<string, string>>,
): Promise<void> {
  if (principal === null) throw new ApiError("unauthorized");
  const { id, after, batch } = parse(connectSchema, query);
  if (query.ticket !== undefined) await useTicket(world, query.ticket, id);
  const row = await world.deployments.get(id);
  if (row === null || !mayRead(principal, row.app_id)) throw noDeployment(id);
  await world.connections.add(row.id, {
    connection_id: connectionId,
    after,
    batch,
    live: false,
    greeted: false,
    principal: principal.name,
  });
}

/** A ticket opens one socket to one deployment. */
async function useTicket(world: SocketsWorld, ticket: string, deploymentId: number): Promise<void> {
  const taken = await world.tokens.take(world.hash(ticket), world.nowSeconds());
  if (taken?.kind !== "ticket") throw new ApiError("unauthorized");
  if (taken.deployment_id !== deploymentId) throw noDeployment(deploymentId);
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
