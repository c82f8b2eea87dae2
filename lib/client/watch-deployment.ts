import type { Client } from "./client.ts";
import { isRefusal } from "./errors.ts";
import { type Link, type LinkState, type Message, openLink } from "./link.ts";
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
  /** The log from its start, without gaps or repeats; a new array when it has grown. */
  readonly lines: readonly LogLine[];
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

/** How often subscribers are told at most. */
const frameMs = 16;
const pollSeconds = 3;
const emptyMs = 250;
const retryMs = 1_000;

/**
 * Watches a deployment until its log is complete, by a socket or, where those do not get through, by long-polling.
 * A close code means nothing; only `log_complete` is the end.
 */
export function watchDeployment(client: Client, id: number): DeploymentStore {
  const { later } = client.environment;
  const listeners = new Set<() => void>();
  let snapshot: DeploymentSnapshot = { deployment: null, lines: [], connection: "connecting", error: null };
  let deployment: Deployment | null = null;
  let status: Status | null = null;
  let fresh: LogLine[] = [];
  let cursor = 0;
  let connection: ConnectionState = "connecting";
  let trouble: WatchError | null = null;
  let link: Link | null = null;
  let ending = false;
  let stopTelling: (() => void) | null = null;
  let resolve: (last: DeploymentSnapshot) => void = () => {};
  const finished = new Promise<DeploymentSnapshot>((done) => {
    resolve = done;
  });

  const tell = () => {
    stopTelling?.();
    stopTelling = null;
    const lines = fresh.length === 0 ? snapshot.lines : snapshot.lines.concat(fresh);
    fresh = [];
    snapshot = { deployment, lines, connection, error: trouble ?? failureOf(deployment) };
    for (const listener of [...listeners]) listener();
  };
  const changed = () => {
    stopTelling ??= later(frameMs, tell);
  };

  const take = (lines: readonly LogLine[]) => {
    for (const line of lines) {
      if (line.cursor <= cursor) continue;
      cursor = line.cursor;
      fresh.push(line);
    }
    if (fresh.length > 0) changed();
  };
  const know = (read: Deployment) => {
    if (deployment !== null && read.version < deployment.version) return;
    deployment = newest(read, status);
    changed();
  };
  const refresh = async () => know(await client.showDeployment(id));
  /** The next status tells it again, or the link notices that nobody answers. */
  const refreshSoon = () => void refresh().catch(() => {});

  const takeStatus = (next: Status) => {
    const entered = status?.stage !== next.stage;
    if (status === null || next.version >= status.version) status = next;
    if (deployment !== null) deployment = newest(deployment, status);
    changed();
    if (next.log_complete) return complete();
    if (!entered) return;
    // Two stages within a frame are still two.
    tell();
    // What an event does not carry: the commit, the timeline.
    refreshSoon();
  };
  const receive = ({ type, data }: Message) => {
    if (type === "log") take([data as LogLine]);
    if (type === "logs") take((data as { lines: readonly LogLine[] }).lines);
    if (type === "status") takeStatus(data as Status);
  };

  /** The end is told once the finished deployment was read, with all that its last event does not carry. */
  const complete = () => {
    ending = true;
    link?.close();
    link = null;
    refresh().then(conclude, (error: unknown) => (isRefusal(error) ? conclude() : later(retryMs, completeIfWatched)));
  };
  const completeIfWatched = () => {
    if (connection !== "finished" && listeners.size > 0) complete();
  };
  const conclude = () => {
    connection = "finished";
    trouble = null;
    tell();
    resolve(snapshot);
  };

  const onState = (state: LinkState, error: Error | null) => {
    connection = state;
    const code = error !== null && "code" in error ? String(error.code) : null;
    trouble = error === null ? null : { scope: "connection", code, message: error.message };
    changed();
    if (state === "polling") void poll();
  };
  const poll = async () => {
    const mine = link;
    try {
      while (mine === link && connection === "polling") {
        const page = await client.readLog(id, { after: cursor, wait: pollSeconds });
        take(page.lines);
        await refresh();
        if (page.complete && mine === link) return complete();
        // Somebody on the way may answer for the server, without holding anything.
        if (page.lines.length === 0) await new Promise<void>((resume) => later(emptyMs, resume));
      }
    } catch (error) {
      if (mine === link) mine?.report(error);
    }
  };

  const start = () => {
    if (ending) return completeIfWatched();
    if (link !== null) return;
    refreshSoon();
    link = openLink({
      environment: client.environment,
      address: () =>
        client.socketAddress("/api/deployments/logs", { id, after: cursor, batch: 1 }, { deploymentId: id }),
      probe: refresh,
      onMessage: receive,
      onState,
    });
  };
  const stopUnlessWatched = () => {
    if (listeners.size > 0 || link === null) return;
    link.close();
    link = null;
    connection = "connecting";
  };

  return {
    getSnapshot: () => snapshot,
    subscribe: (listener) => {
      listeners.add(listener);
      start();
      return () => {
        listeners.delete(listener);
        // A subscriber who only moves is back by then.
        later(0, stopUnlessWatched);
      };
    },
    reconnect: () => link?.nudge(),
    finished,
  };
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
