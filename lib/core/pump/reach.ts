import type { Logger } from "../logger.ts";
import type { WorkQueue } from "../ports/infrastructure.ts";
import type { Sockets } from "../ports/sockets.ts";
import { plusSeconds } from "../time.ts";
import { backoffSeconds, mostFailures } from "./backoff.ts";

/** What it takes to keep trying a socket, and to stop. */
export interface ReachDeps {
  readonly sockets: Sockets;
  readonly queue: Pick<WorkQueue, "send">;
  readonly now: () => string;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly logger: Logger;
}

/** A socket's row, as far as it says whether the socket can be reached. */
export interface Reachable {
  readonly connection_id: string;
  readonly failures: number;
  readonly retry_at: string | null;
  readonly closing: boolean;
}

/** Whether it is to be tried now. */
export const isDue = ({ retry_at }: Reachable, now: string): boolean => retry_at === null || retry_at <= now;

/** Whether all that is left to do is to close it. */
export const isEnding = ({ closing, failures }: Reachable): boolean => closing || failures >= mostFailures;

/** One failure more in a row. */
export const failed = <T extends Reachable>(socket: T): T => ({ ...socket, failures: socket.failures + 1 });

/** Has the socket tried again later; answers what its row must say. The message comes first: a row alone would wait for the next change. */
export async function postpone(
  deps: ReachDeps,
  deployment_id: number | null,
  { connection_id, failures }: Reachable,
  seconds: number = backoffSeconds(failures, deps.random()),
): Promise<{ readonly failures: number; readonly retry_at: string }> {
  const retry_at = plusSeconds(deps.now(), seconds);
  await deps.queue.send({ type: "socket_due", socket: { deployment_id, connection_id }, due: retry_at }, seconds);
  return { failures, retry_at };
}

/** Closes a socket. `false`: API Gateway did not answer that it is closed. */
export async function hangUp(deps: ReachDeps, connection_id: string): Promise<boolean> {
  try {
    await deps.sockets.close(connection_id);
    return true;
  } catch (error) {
    deps.logger.warn("A socket could not be closed, and is tried again", { connection_id, cause: causeOf(error) });
    return false;
  }
}

export const causeOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
