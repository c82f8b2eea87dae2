import type { Client } from "./client.ts";
import { isRefusal } from "./errors.ts";
import { Link, type LinkState, type Message } from "./link.ts";
import type { Deployment, LogLine, Status } from "./types.ts";

export type ConnectionState = LinkState | "finished";

export interface WatchError {
  /** `deployment`: it failed. `connection`: it cannot be watched at the moment, or not by this caller. */
  readonly scope: "deployment" | "connection";
  /** As in the contract; `null` where there is none. */
  readonly code: string | null;
  /** A sentence for people. */
  readonly message: string;
}

/** What is known of a deployment: the same object until something changes. */
export interface DeploymentSnapshot {
  /** `null` until first known. */
  readonly deployment: Deployment | null;
  /** The log from where it was asked for, without gaps or repeats; a new array when it has grown. */
  readonly lines: readonly LogLine[];
  /** There are no lines because the log was deleted. Known at the end. */
  readonly logExpired: boolean;
  readonly connection: ConnectionState;
  readonly error: WatchError | null;
}

/** A live view of one deployment, connected while somebody is subscribed. */
export interface DeploymentStore {
  getSnapshot(): DeploymentSnapshot;
  /** Calls back after each change, for lines and progress at most once a frame; the returned function ends that. Whoever subscribes again goes on where it was. */
  subscribe(listener: () => void): () => void;
  /** Tries again now: after signing in, or because somebody is tired of waiting. */
  reconnect(): void;
  /** Resolves when the log is complete, which is all there will be. */
  readonly finished: Promise<DeploymentSnapshot>;
}

/**
 * Watches a deployment until its log is complete, by a socket or, where those do not get through, by long-polling.
 * A close code means nothing; only `log_complete` is the end. Its log begins after the line with the cursor `after`.
 */
export function watchDeployment(client: Client, id: number, { after = 0 } = {}): DeploymentStore {
  const watch = new Watch(client, id, after);
  return {
    getSnapshot: () => watch.snapshot,
    subscribe: (listener) => watch.subscribe(listener),
    reconnect: () => watch.reconnect(),
    finished: watch.finished,
  };
}

/** How often subscribers are notified at most. */
const frameMs = 16;
const pollSeconds = 3;
/** After an empty answer: it may have come at once, since the server holds a few only. */
const emptyMs = 1_000;
const retryMs = 1_000;

class Watch {
  readonly #client: Client;
  readonly #id: number;
  readonly #listeners = new Set<() => void>();
  readonly finished: Promise<DeploymentSnapshot>;
  snapshot: DeploymentSnapshot = {
    deployment: null,
    lines: [],
    logExpired: false,
    connection: "connecting",
    error: null,
  };

  #deployment: Deployment | null = null;
  #status: Status | null = null;
  #cursor: number;
  /** Lines that subscribers have not received. */
  #fresh: LogLine[] = [];
  #logExpired = false;
  #connection: ConnectionState = "connecting";
  #trouble: WatchError | null = null;
  #link: Link | null = null;
  #isEnding = false;
  #cancelNotify: (() => void) | null = null;
  #resolve: (last: DeploymentSnapshot) => void = () => {};

  constructor(client: Client, id: number, after: number) {
    this.#client = client;
    this.#id = id;
    this.#cursor = after;
    this.finished = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#start();
    return () => {
      this.#listeners.delete(listener);
      // A subscriber who only moves is back by then.
      this.#client.environment.later(0, () => this.#listeners.size === 0 && this.#stop());
    };
  }

  reconnect(): void {
    this.#link?.nudge();
  }

  #start(): void {
    if (this.#isEnding) this.#endIfWatched();
    else if (this.#link === null) this.#connect();
  }

  #connect(): void {
    this.#refreshSoon();
    this.#link = new Link({
      environment: this.#client.environment,
      address: () =>
        this.#client.socketAddress(
          "/api/deployments/logs",
          { id: this.#id, after: this.#cursor, batch: 1 },
          { deploymentId: this.#id },
        ),
      probe: () => this.#refresh(),
      isGreeted: true,
      onMessage: (message) => this.#receive(message),
      onState: (state, error) => this.#connectionBecomes(state, error),
    });
  }

  #stop(): void {
    if (this.#link === null) return;
    this.#link.close();
    this.#link = null;
    this.#connection = "connecting";
  }

  #receive({ type, data }: Message): void {
    if (type === "log") this.#takeLines([data as LogLine]);
    if (type === "logs") this.#takeLines((data as { lines: readonly LogLine[] }).lines);
    if (type === "status") this.#takeStatus(data as Status);
  }

  #takeLines(lines: readonly LogLine[]): void {
    for (const line of lines) {
      if (line.cursor <= this.#cursor) continue;
      this.#cursor = line.cursor;
      this.#fresh.push(line);
    }
    if (this.#fresh.length > 0) this.#notifySoon();
  }

  #takeStatus(status: Status): void {
    const isEntered = this.#status?.stage !== status.stage;
    if (this.#status === null || status.version >= this.#status.version) this.#status = status;
    if (this.#deployment !== null) this.#deployment = newest(this.#deployment, this.#status);
    if (status.log_complete) {
      // How it ended is seen at once; the rest of it is read meanwhile.
      if (isEntered) this.#notify();
      this.#end();
    } else if (isEntered) this.#enter();
    else this.#notifySoon();
  }

  #enter(): void {
    // Two stages within a frame are still two.
    this.#notify();
    // What an event does not carry: the commit, the timeline.
    this.#refreshSoon();
  }

  async #refresh(): Promise<void> {
    const read = await this.#client.showDeployment(this.#id);
    if (this.#deployment !== null && read.version < this.#deployment.version) return;
    this.#deployment = newest(read, this.#status);
    this.#notifySoon();
  }

  /** If it fails, the next status asks again, or the link notices that nobody answers. */
  #refreshSoon(): void {
    this.#refresh().catch(() => {});
  }

  #connectionBecomes(state: LinkState, error: Error | null): void {
    this.#connection = state;
    const code = error !== null && "code" in error ? String(error.code) : null;
    this.#trouble = error === null ? null : { scope: "connection", code, message: error.message };
    this.#notifySoon();
    if (state === "polling") void this.#poll();
  }

  async #poll(): Promise<void> {
    const link = this.#link;
    const isWanted = () => link === this.#link && this.#connection === "polling";
    try {
      while (isWanted()) {
        const page = await this.#client.readLog(this.#id, { after: this.#cursor, wait: pollSeconds });
        this.#takeLines(page.lines);
        await this.#refresh();
        if (page.complete && link === this.#link) return this.#end();
        // Somebody on the way may answer for the server, without holding anything.
        if (page.lines.length === 0)
          await new Promise<void>((resume) => this.#client.environment.later(emptyMs, resume));
      }
    } catch (error) {
      if (isWanted()) link?.report(error);
    }
  }

  /** The end is reported once the finished deployment was read, with all that its last event does not carry. */
  #end(): void {
    this.#isEnding = true;
    this.#link?.close();
    this.#link = null;
    Promise.all([this.#refresh(), this.#askForMissingLog()]).then(
      () => this.#conclude(),
      (error: unknown) => {
        if (isRefusal(error)) return this.#conclude();
        this.#client.environment.later(retryMs, () => this.#endIfWatched());
      },
    );
  }

  /** Of a log without lines: whether nothing was printed, or it was deleted. */
  async #askForMissingLog(): Promise<void> {
    if (this.snapshot.lines.length + this.#fresh.length > 0) return;
    const page = await this.#client.readLog(this.#id, { after: this.#cursor, limit: 1 });
    this.#logExpired = page.expired;
  }

  #endIfWatched(): void {
    if (this.#connection !== "finished" && this.#listeners.size > 0) this.#end();
  }

  #conclude(): void {
    this.#connection = "finished";
    this.#trouble = null;
    this.#notify();
    this.#resolve(this.snapshot);
  }

  #notifySoon(): void {
    this.#cancelNotify ??= this.#client.environment.later(frameMs, () => this.#notify());
  }

  #notify(): void {
    this.#cancelNotify?.();
    this.#cancelNotify = null;
    const lines = this.#fresh.length === 0 ? this.snapshot.lines : this.snapshot.lines.concat(this.#fresh);
    this.#fresh = [];
    const deployment = this.#deployment;
    const error = this.#trouble ?? failureOf(deployment);
    this.snapshot = { deployment, lines, logExpired: this.#logExpired, connection: this.#connection, error };
    for (const listener of [...this.#listeners]) listener();
  }
}

/** A read deployment with what a later event said of it. */
function newest(read: Deployment, status: Status | null): Deployment {
  if (status === null || status.version <= read.version) return read;
  const { stage, progress, message, version, failed_stage, rolled_back, log_complete } = status;
  const error_message = status.error_message === "" ? null : status.error_message;
  return {
    ...read,
    stage,
    status: stage,
    progress,
    message,
    version,
    failed_stage,
    rolled_back,
    log_complete,
    error_message,
  };
}

function failureOf(deployment: Deployment | null): WatchError | null {
  if (deployment?.stage !== "failed") return null;
  return { scope: "deployment", code: deployment.error_code, message: deployment.error_message ?? deployment.message };
}
