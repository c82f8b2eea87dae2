import type { Connections } from "../../../lib/core/ports/sockets.ts";
import type { Connection } from "../../../lib/core/sockets/connection.ts";

/** A client that watches a deployment, reconnects from the last cursor it has, and drops what it has already. */
interface Viewer {
  readonly deployment_id: number;
  readonly batch: boolean;
  connection: string;
  isOpen: boolean;
  cursor: number;
  readonly seen: number[];
  complete: boolean;
}

interface ViewersOptions {
  readonly connections: Connections;
  readonly now: () => string;
  readonly after: (milliseconds: number, run: () => void) => void;
  readonly changed: (deploymentId: number) => void;
  readonly isGone: () => boolean;
  readonly isUnreachable: () => boolean;
}

const reconnectMs = 2000;
/** API Gateway ends a connection then, whatever it does. */
const longestLifeMs = 2 * 60 * 60 * 1000;

interface Frame {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Everybody who watches, and what arrived at them. */
export class Viewers {
  readonly #options: ViewersOptions;
  readonly #viewers: Viewer[] = [];
  #sockets = 0;

  constructor(options: ViewersOptions) {
    this.#options = options;
  }

  watch(deploymentId: number, batch: boolean): void {
    const viewer: Viewer = {
      deployment_id: deploymentId,
      batch,
      connection: "",
      isOpen: false,
      cursor: 0,
      seen: [],
      complete: false,
    };
    this.#viewers.push(viewer);
    this.#connect(viewer);
  }

  /** The sockets as the pump reaches them. */
  readonly sockets = {
    post: async (connectionId: string, text: string): Promise<"sent" | "gone"> => {
      const viewer = this.#viewers.find((one) => one.connection === connectionId && one.isOpen);
      if (viewer === undefined) return "gone";
      if (this.#options.isUnreachable()) throw new Error("The socket did not answer in time.");
      if (this.#options.isGone()) {
        this.#hangUp(viewer);
        return "gone";
      }
      this.#receive(viewer, JSON.parse(text) as Frame);
      return "sent";
    },
    close: async (connectionId: string): Promise<void> => {
      const viewer = this.#viewers.find((one) => one.connection === connectionId && one.isOpen);
      if (viewer !== undefined) this.#hangUp(viewer);
    },
  };

  /** What each missed or got twice, once all is over. `cursorsOf`: the lines that there are. */
  complaints(cursorsOf: (deploymentId: number) => readonly number[]): readonly string[] {
    return this.#viewers.flatMap((viewer) => {
      const who = `A viewer of deployment ${viewer.deployment_id}`;
      const expected = cursorsOf(viewer.deployment_id).join();
      const wrong =
        viewer.seen.join() === expected ? [] : [`${who} saw the lines ${viewer.seen.join()}, not ${expected}.`];
      return viewer.complete ? wrong : [...wrong, `${who} did not get the end.`];
    });
  }

  isWaiting(): boolean {
    return this.#viewers.some(({ complete }) => !complete);
  }

  #connect(viewer: Viewer): void {
    const { connections, now, after, changed } = this.#options;
    const connection_id = `socket-${++this.#sockets}`;
    viewer.connection = connection_id;
    viewer.isOpen = true;
    after(longestLifeMs, () => {
      if (viewer.isOpen && viewer.connection === connection_id) this.#hangUp(viewer);
    });
    const connection: Connection = {
      connection_id,
      after: viewer.cursor,
      batch: viewer.batch,
      live: false,
      snapshot_sent: false,
      connected_at: now(),
      principal: "ada",
      failures: 0,
      retry_at: null,
      closing: false,
    };
    void connections.add(viewer.deployment_id, connection).then(() => changed(viewer.deployment_id));
  }

  /** API Gateway notifies the control plane that somebody left, and the client comes back. */
  #hangUp(viewer: Viewer): void {
    const { connections, after } = this.#options;
    viewer.isOpen = false;
    void connections.remove(viewer.deployment_id, viewer.connection);
    if (!viewer.complete) after(reconnectMs, () => this.#connect(viewer));
  }

  #receive(viewer: Viewer, { type, data }: Frame): void {
    if (type === "log") this.#line(viewer, data.cursor as number);
    if (type === "logs") for (const { cursor } of data.lines as { cursor: number }[]) this.#line(viewer, cursor);
    if (type !== "status") return;
    if (data.log_complete === true) viewer.complete = true;
  }

  #line(viewer: Viewer, cursor: number): void {
    // The same line may come again after a crash of the pump; a client drops it by its cursor.
    if (cursor <= viewer.cursor) return;
    viewer.cursor = cursor;
    viewer.seen.push(cursor);
  }
}
