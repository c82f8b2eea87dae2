import * as z from "zod";

/** An open socket of a viewer, stored beside the deployment that it watches. */
export const connectionSchema = z.object({
  connection_id: z.string(),
  /** Lines after this cursor are still to be sent. Meaningless once it is live. */
  after: z.number().int().min(0),
  batch: z.boolean(),
  /** It has had the snapshot and the replay and follows the deployment's own mark. */
  live: z.boolean(),
  /** It has had the snapshot, its first `status`. */
  snapshot_sent: z.boolean(),
  /** Long ago, for one that was stored when this was not noted yet. */
  connected_at: z.string().default("1970-01-01T00:00:00.000Z"),
  /** Whose socket it is; for the log. */
  principal: z.string(),
  /** How often in a row it could not be written to, or closed. */
  failures: z.number().int().min(0).default(0),
  /** It is not tried before. `null`: now. */
  retry_at: z.string().nullable().default(null),
  /** Its holder may not read any more: nothing is sent over it, and it is closed. */
  closing: z.boolean().default(false),
});
export type Connection = z.infer<typeof connectionSchema>;

/** How far the live connections of a deployment are. */
export const pumpMarkSchema = z.object({
  version: z.number().int().min(0),
  timeline: z.number().int().min(0),
  cursor: z.number().int().min(0),
  ended: z.boolean(),
});
export type PumpMark = z.infer<typeof pumpMarkSchema>;

export const noMark: PumpMark = { version: 0, timeline: 0, cursor: 0, ended: false };

export interface Connections {
  /** It is forgotten two hours after `connected_at`: API Gateway has closed it by then. */
  add(deploymentId: number, connection: Connection): Promise<void>;
  /** All that are not too old. Strongly consistent. */
  list(deploymentId: number): Promise<readonly Connection[]>;
  /** Notes how far it is, and whether it can be reached. Writes only while the connection is still there. `wake` wakes the pump again. */
  update(deploymentId: number, connection: Connection, wake: boolean): Promise<void>;
  remove(deploymentId: number, connectionId: string): Promise<void>;
  mark(deploymentId: number): Promise<PumpMark>;
  advance(deploymentId: number, mark: PumpMark): Promise<void>;
}

/** Which socket: of a viewer of that deployment; `null`: of the feed. */
export interface SocketRef {
  readonly deployment_id: number | null;
  readonly connection_id: string;
}

/** What others than the pump say of a socket's row. Both wake the pump, and change nothing where the row is gone. */
export interface SocketSignals {
  /** Has the socket tried again, unless the pump waits for another time than `due` by now. */
  retry(socket: SocketRef, due: string): Promise<void>;
  /** Has the socket closed, with nothing sent over it before. */
  end(socket: SocketRef): Promise<void>;
}

/** One socket at a time. A call that fails was made once: whoever calls decides when to try again. */
export interface Sockets {
  /** `gone` is data, not an error: the viewer left, or the handshake is not over yet. */
  post(connectionId: string, text: string): Promise<"sent" | "gone">;
  /** Hangs up. Nothing happens where nobody is. */
  close(connectionId: string): Promise<void>;
}
