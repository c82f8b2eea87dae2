import { secondsBetween } from "../time.ts";

/** A handshake is over by then. */
const handshakeSeconds = 10;

/** Whether a socket that seems gone may only not be open yet: its row is written in the middle of its handshake. */
export const isConnecting = (socket: { readonly connected_at: string }, now: string): boolean =>
  secondsBetween(socket.connected_at, now) < handshakeSeconds;
