import type { RawData, WebSocket } from "ws";
import type { Clock } from "../../kernel/clock.ts";
import type { ConnectionIdentity } from "./web-socket-events.ts";

/** Limits of a connection; the defaults are API Gateway's, and what a laptop can spare for a client that does not read. */
export interface ConnectionLimits {
  readonly idleMs: number;
  readonly lifeMs: number;
  /** What may lie unsent for one client before it is given up. */
  readonly bufferedBytes: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  idleMs: 10 * 60_000,
  lifeMs: 2 * 60 * 60_000,
  bufferedBytes: 8 * 1024 * 1024,
};

/** The largest message in either direction. */
export const MAX_MESSAGE_BYTES = 128 * 1024;
/** A client that sends more than this ahead of its answers is read more slowly. */
const MAX_WAITING_MESSAGES = 16;
const GOING_AWAY = 1001;
const ABNORMAL = 1006;

/** An open connection. */
export interface Connection {
  readonly identity: ConnectionIdentity;
  readonly lastActiveAt: () => number;
  /** False when the client is gone, or is given up now because it does not read. */
  send(data: string | Buffer): boolean;
  close(): void;
  terminate(): void;
}

export interface ConnectionEvents {
  /** Awaited before the next message is handed over. Must not throw. */
  message(data: Buffer, isBinary: boolean): Promise<void>;
  /** Once, after the last message was dealt with. Must not throw. */
  closed(code: number, reason: string): Promise<void>;
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}

/** Messages one after the other; a client that is too far ahead is not read for a while. */
function handInOrder(socket: WebSocket, events: ConnectionEvents): void {
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  const next = async (data: Buffer, isBinary: boolean): Promise<void> => {
    await events.message(data, isBinary);
    waiting -= 1;
    if (waiting < MAX_WAITING_MESSAGES && socket.isPaused) socket.resume();
  };
  socket.on("message", (data, isBinary) => {
    const bytes = bytesOf(data);
    waiting += 1;
    if (waiting >= MAX_WAITING_MESSAGES) socket.pause();
    last = last.then(() => next(bytes, isBinary));
  });
  socket.once("close", (code, reason) => {
    last = last.then(() => events.closed(code === 0 ? ABNORMAL : code, reason.toString()));
  });
}

/** Calls back once nothing has happened for `idleMs`, or after `lifeMs` whatever happens. */
function watchTime(
  clock: Clock,
  limits: ConnectionLimits,
  lastActiveAt: () => number,
  expired: () => void,
): () => void {
  let cancelIdle = (): void => undefined;
  const watchIdle = (): void => {
    const left = lastActiveAt() + limits.idleMs - clock.elapsed();
    if (left <= 0) expired();
    else cancelIdle = clock.after(left, watchIdle);
  };
  watchIdle();
  const cancelLife = clock.after(limits.lifeMs, expired);
  return () => {
    cancelIdle();
    cancelLife();
  };
}

/** Takes over a socket whose handshake is done. */
export function openConnection(
  clock: Clock,
  limits: ConnectionLimits,
  identity: ConnectionIdentity,
  socket: WebSocket,
  events: ConnectionEvents,
): Connection {
  /** For those who ask, and for the time-out. */
  let active = { at: clock.now(), elapsed: clock.elapsed() };
  const isActive = (): void => {
    active = { at: clock.now(), elapsed: clock.elapsed() };
  };
  const stopWatching = watchTime(
    clock,
    limits,
    () => active.elapsed,
    () => socket.close(GOING_AWAY, "Going away"),
  );
  // A broken frame or connection: `close` follows with the code.
  socket.on("error", () => stopWatching());
  socket.on("message", isActive);
  socket.once("close", stopWatching);
  handInOrder(socket, events);
  return {
    identity,
    lastActiveAt: () => active.at,
    send: (data) => {
      if (socket.readyState !== socket.OPEN) return false;
      if (socket.bufferedAmount + Buffer.byteLength(data) > limits.bufferedBytes) {
        socket.terminate();
        return false;
      }
      isActive();
      socket.send(data, { binary: false });
      return true;
    },
    close: () => socket.close(GOING_AWAY),
    terminate: () => socket.terminate(),
  };
}
