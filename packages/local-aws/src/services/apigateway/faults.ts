import type { Clock } from "../../kernel/clock.ts";
import { AwsError } from "../../kernel/service.ts";
import type { ConnectionIdentity } from "./web-socket-events.ts";

/** How `@connections` may fail for a connection that is open. `hang`: it does not answer while anybody waits. */
export type ConnectionFault = "unavailable" | "throttled" | "forbidden" | "timed_out" | "hang";

/** What a call to `@connections` meets; `null`: what it would on a good day. For tests: there is no such thing in a start by hand. */
export type FaultOf = (method: string, identity: ConnectionIdentity) => ConnectionFault | null;

/** Longer than any client waits. */
const hangMs = 5 * 60_000;

const answers = {
  unavailable: ["InternalServerErrorException", "Internal server error", 500],
  throttled: ["LimitExceededException", "Rate exceeded", 429],
  forbidden: ["ForbiddenException", "Forbidden", 403],
  timed_out: ["GatewayTimeoutException", "Endpoint request timed out", 504],
} as const;

/** Throws what API Gateway would answer. */
export async function meet(fault: ConnectionFault | null, clock: Clock): Promise<void> {
  if (fault === null) return;
  if (fault === "hang") await new Promise<void>((resume) => clock.after(hangMs, resume));
  const [code, message, status] = answers[fault === "hang" ? "timed_out" : fault];
  throw new AwsError(code, message, status);
}
