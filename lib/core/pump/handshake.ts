import { secondsBetween } from "../time.ts";

/** A handshake is over by then. */
const handshakeSeconds = 10;

/** Whether a socket that seems gone may only not be open yet: its row is written in the middle of its handshake. */
export const isConnecting = (socket: { readonly connected_at: string }, now: string): boolean =>
  secondsBetween(socket.connected_at, now) < handshakeSeconds;

/** A handshake ends within moments of its row: so often it is tried again as soon as the pump is woken. */
const atOnceTimes = 4;

/** Seconds until a socket that is not open yet is tried again; 0: at once. */
export const retryConnectingSeconds = (failures: number): number => (failures < atOnceTimes ? 0 : 2);
