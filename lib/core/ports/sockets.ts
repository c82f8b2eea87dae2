import type { Deployment } from "../deployment/deployment.ts";
import type { LogPage } from "../log/log.ts";
import type { Connection, PumpMark } from "../sockets/connection.ts";
import type { Feed } from "../sockets/feed-socket.ts";
import type { OpenSocket } from "../sockets/open-socket.ts";

/** The open sockets of viewers, by the deployment that they watch, and how far the live ones of it are. */
export interface Connections {
  /** It is forgotten two hours after `connected_at`: API Gateway has closed it by then. */
  add(deploymentId: number, connection: Connection): Promise<void>;
  /** All that are not too old. Strongly consistent. */
  list(deploymentId: number): Promise<readonly Connection[]>;
  /** Notes how far it is, and whether it can be reached. Writes only while the connection is still there. `wake` wakes the pump again. */
  update(deploymentId: number, connection: Connection, wake: boolean): Promise<void>;
  /** Wakes the pump again. `false`: the connection is gone, and nothing happened. */
  wake(deploymentId: number, connectionId: string): Promise<boolean>;
  remove(deploymentId: number, connectionId: string): Promise<void>;
  mark(deploymentId: number): Promise<PumpMark>;
  advance(deploymentId: number, mark: PumpMark): Promise<void>;
}

/** A deployment and those who watch it, as they are now. */
export interface Watched {
  readonly row: Deployment;
  readonly mark: PumpMark;
  readonly connections: readonly Connection[];
  /** Lines after the mark. If the row has ended and there are no more, these are all that there will be. */
  readonly page: LogPage;
}

/** All that the pump goes by, in as few reads as possible. */
export interface WatchedDeployments {
  /** About `limit` lines. Strongly consistent. `null`: there is no such deployment. */
  read(deploymentId: number, limit: number): Promise<Watched | null>;
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

/** The open sockets to the feed of all deployments. */
export interface Feeds {
  /** With nothing missed. It is forgotten two hours after `connected_at`: API Gateway has closed it by then. */
  add(feed: Feed): Promise<void>;
  /** All that are not too old. Strongly consistent. */
  list(): Promise<readonly Feed[]>;
  /** Notes what did not get through, beside what is noted already; with `retry`, that it was tried, and when it is again. */
  missed(
    connectionId: string,
    ids: readonly number[],
    retry: Pick<Feed, "failures" | "retry_at"> | null,
  ): Promise<void>;
  /** Notes that it was reached, and that these got through. */
  reached(connectionId: string, ids: readonly number[]): Promise<void>;
  remove(connectionId: string): Promise<void>;
}

/** All open sockets. A row that its socket outlived is forgotten two hours after `connected_at`. */
export interface OpenSockets {
  add(socket: OpenSocket): Promise<void>;
  /** Those held by this token. Strongly consistent. */
  heldBy(token: string): Promise<readonly OpenSocket[]>;
  /** All of them. Strongly consistent. */
  list(): Promise<readonly OpenSocket[]>;
  /** Forgets one; answers what it was, or `null` if there was none. */
  remove(token: string | null, connectionId: string): Promise<OpenSocket | null>;
}
