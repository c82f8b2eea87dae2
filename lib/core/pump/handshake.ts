import { secondsBetween } from "../time.ts";

/** API Gateway gives a handshake up by then: its integration may take 29 s. */
const handshakeSeconds = 30;

/** A handshake ends within moments of its row: so often it is tried again as soon as the pump is woken. */
const atOnceTimes = 4;
/** Tries that a viewer's socket has in any case, the last one later than those at once. */
const leastTries = atOnceTimes + 1;

interface Opening {
  readonly connected_at: string;
  readonly failures: number;
}

/**
 * Whether a socket that seems gone may only not be open yet: its row is written in the middle of its handshake. The clock
 * alone does not decide it: where everything paused in between, the handshake goes on long after its row was written.
 */
export const isConnecting = ({ connected_at, failures }: Opening, now: string, least: number = leastTries): boolean =>
  failures < least || secondsBetween(connected_at, now) < handshakeSeconds;

/** Seconds until a socket that is not open yet is tried again; 0: at once. */
export const retryConnectingSeconds = (failures: number): number => (failures < atOnceTimes ? 0 : 2);

/** One try more of a socket that is not open yet; never so many that it counts as one that cannot be reached. */
export const triedOnce = <T extends Opening>(socket: T): T => ({
  ...socket,
  failures: Math.min(socket.failures + 1, leastTries),
});
