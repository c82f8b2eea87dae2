import type { LogLine, Status } from "./types.ts";

export interface WatchOptions {
  /** `http://localhost:8080` */
  readonly baseUrl: string;
  readonly deploymentId: number;
  readonly after?: number;
  readonly onStatus: (status: Status) => void;
  readonly onLines: (lines: readonly LogLine[]) => void;
  readonly onConnection?: (state: "connected" | "reconnecting") => void;
  /** Calls back after `ms`; the returned function cancels. */
  readonly later?: (ms: number, run: () => void) => () => void;
  /** From 0 to 1. */
  readonly random?: () => number;
  readonly WebSocket?: typeof WebSocket;
}

const firstDelayMs = 250;
const longestDelayMs = 10_000;

/**
 * Watches a deployment until its log is complete: reconnects for as long as it takes, with exponential backoff and full
 * jitter, resumes by cursor, and drops what came before. Resolves with the final status; `stop` ends it early with `null`.
 */
export function watch(options: WatchOptions): { readonly finished: Promise<Status | null>; stop(): void } {
  const later = options.later ?? timer;
  const random = options.random ?? Math.random;
  const Socket = options.WebSocket ?? WebSocket;
  let cursor = options.after ?? 0;
  let attempt = 0;
  let stopped = false;
  let cancel = () => {};
  let socket: WebSocket | null = null;
  let resolve: (status: Status | null) => void = () => {};
  const finished = new Promise<Status | null>((done) => {
    resolve = done;
  });

  const end = (status: Status | null) => {
    stopped = true;
    cancel();
    socket?.close();
    resolve(status);
  };
  const take = (lines: readonly LogLine[]) => {
    const fresh = lines.filter((line) => line.cursor > cursor);
    cursor = fresh.at(-1)?.cursor ?? cursor;
    if (fresh.length > 0) options.onLines(fresh);
  };
  const receive = (message: { type: string; data: unknown }) => {
    if (message.type === "log") take([message.data as LogLine]);
    if (message.type === "logs") take((message.data as { lines: LogLine[] }).lines);
    if (message.type !== "status") return;
    const status = message.data as Status;
    options.onStatus(status);
    if (status.log_complete) end(status);
  };
  const connect = () => {
    const address = `${options.baseUrl.replace(/^http/, "ws")}/api/deployments/logs?id=${options.deploymentId}&after=${cursor}&batch=1`;
    const opened = new Socket(address);
    socket = opened;
    opened.onopen = () => {
      attempt = 0;
      options.onConnection?.("connected");
    };
    opened.onmessage = (event) => receive(JSON.parse(String(event.data)));
    opened.onclose = () => {
      if (stopped) return;
      options.onConnection?.("reconnecting");
      cancel = later(random() * Math.min(longestDelayMs, firstDelayMs * 2 ** attempt++), connect);
    };
  };
  connect();
  return { finished, stop: () => end(null) };
}

function timer(ms: number, run: () => void): () => void {
  const handle = setTimeout(run, ms);
  return () => clearTimeout(handle);
}
