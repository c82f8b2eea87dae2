import type { Connections } from "../ports/sockets.ts";
import type { Connection } from "../sockets/connection.ts";
import type { Frame } from "./frame.ts";
import type { LineFrame } from "./frames.ts";
import { isConnecting, retryConnectingSeconds, triedOnce } from "./handshake.ts";
import { causeOf, failed, hangUp, isEnding, postpone, type ReachDeps } from "./reach.ts";

/** What sending to viewers reaches. */
export interface SendDeps extends ReachDeps {
  readonly connections: Connections;
  /** A frame as it is sent. */
  readonly encode: (frame: Frame) => string;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsedMs: () => number;
}

/** A frame for one viewer: lines, or something else that is sent. */
export type Outgoing = Frame | LineFrame;

/** The same for every viewer who is sent the same frame. */
export function encodedOnce(encode: SendDeps["encode"]): SendDeps["encode"] {
  const texts = new WeakMap<Frame, string>();
  return (frame) => {
    const text = texts.get(frame) ?? encode(frame);
    texts.set(frame, text);
    return text;
  };
}

/** Whoever takes longer to write to is served the rest in a later go, so that nobody waits for them. */
const longestMs = 1_000;

/**
 * Sends in order to one viewer of the deployment `id`, who has all lines up to `cursor`. `false`: not all of it got
 * through. Then its row says from where to go on: a viewer who left is forgotten; one who could not be reached is
 * tried again with backoff, and at last closed, so that it comes back by itself with its cursor.
 */
export async function send(
  deps: SendDeps,
  id: number,
  connection: Connection,
  frames: readonly Outgoing[],
  cursor: number,
): Promise<boolean> {
  const begun = deps.elapsedMs();
  let after = Math.max(cursor, connection.after);
  try {
    for (const [index, frame] of frames.entries()) {
      if (index > 0 && deps.elapsedMs() - begun > longestMs) {
        await goOn(deps, id, connection, after);
        return false;
      }
      const text = deps.encode("cursor" in frame ? frame.frame : frame);
      if ((await deps.sockets.post(connection.connection_id, text)) === "gone") {
        await whereNobodyIs(deps, id, connection, after);
        return false;
      }
      if ("cursor" in frame) after = Math.max(after, frame.cursor);
    }
    return true;
  } catch (error) {
    const { connection_id, failures } = failed(connection);
    deps.logger.warn("A viewer could not be reached", {
      deployment_id: id,
      connection_id,
      failures,
      cause: causeOf(error),
    });
    await tryLater(deps, id, { ...connection, after, failures });
    return false;
  }
}

/** From there, with a fresh snapshot, as soon as the pump is woken. */
const goOn = ({ connections }: SendDeps, id: number, connection: Connection, after: number): Promise<void> =>
  connections.update(id, { ...connection, after, live: false, snapshot_sent: false, retry_at: null }, true);

async function whereNobodyIs(deps: SendDeps, id: number, connection: Connection, after: number): Promise<void> {
  if (connection.snapshot_sent || !isConnecting(connection, deps.now()))
    return deps.connections.remove(id, connection.connection_id);
  const seconds = retryConnectingSeconds(connection.failures);
  if (seconds === 0) return goOn(deps, id, triedOnce(connection), after);
  await wait(deps, id, { ...triedOnce(connection), after }, seconds);
}

const tryLater = (deps: SendDeps, id: number, connection: Connection): Promise<void> =>
  isEnding(connection) ? end(deps, id, connection) : wait(deps, id, connection);

/** Its own row must not wake the pump: what cannot be reached would be tried again at once, for ever. */
async function wait(deps: SendDeps, id: number, connection: Connection, seconds?: number): Promise<void> {
  const later = await postpone(deps, id, connection, seconds);
  await deps.connections.update(id, { ...connection, live: false, snapshot_sent: false, ...later }, false);
}

/** Closes a viewer's socket and forgets it; tried again, too, until its row is too old. */
export async function end(deps: SendDeps, id: number, connection: Connection): Promise<void> {
  if (await hangUp(deps, connection.connection_id)) return deps.connections.remove(id, connection.connection_id);
  await wait(deps, id, failed(connection));
}
