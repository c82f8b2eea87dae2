import { type Client, createClient } from "@slipway/monitor/client";
import type { Deployment, LogLine, Status } from "../../../packages/monitor/src/client/types.ts";

/** A server's end of the sockets that a client opens. */
class ServerSocket {
  readonly address: URL;
  readyState = 0;
  readonly sent: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(address: string) {
    this.address = new URL(address);
  }
  close(): void {
    this.readyState = 3;
  }
  send(text: string): void {
    this.sent.push(text);
  }
  /** Accepts the handshake; with `silent` nothing is heard over it yet. */
  open(): this {
    this.readyState = 1;
    this.onopen?.();
    return this;
  }
  say(type: string, data: unknown = {}): this {
    this.onmessage?.({ data: JSON.stringify({ type, timestamp: "2026-01-01T00:00:00.000Z", data }) });
    return this;
  }
  break(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

type Reply = { readonly status?: number; readonly body: unknown } | "unreachable";

/** A client whose sockets, answers, time and chance are the test's. */
export interface SimulatedClient {
  readonly client: Client;
  readonly sockets: ServerSocket[];
  readonly requests: { method: string; path: string; headers: Record<string, string>; body: unknown }[];
  socket(): ServerSocket;
  /** Lets so many milliseconds pass, and all that was waiting for them happen in order. */
  pass(ms: number): Promise<void>;
  /** The time that the next timer is away; `null`: nothing waits. */
  next(): number | null;
  /** The network comes or goes, the tab is looked at. */
  wake(): void;
  /** What REST answers from now on. */
  answer(reply: (method: string, path: string) => Reply): void;
}

export function simulateClient({ token, random = 0.5 }: { token?: string; random?: number } = {}): SimulatedClient {
  const sockets: ServerSocket[] = [];
  const requests: SimulatedClient["requests"] = [];
  const wakers = new Set<() => void>();
  let timers: { at: number; run: () => void }[] = [];
  let now = 0;
  let reply: (method: string, path: string) => Reply = () => ({ body: { success: true, data: someDeployment() } });
  class Opened extends ServerSocket {
    constructor(address: string) {
      super(address);
      sockets.push(this);
    }
  }
  const answered = async (input: unknown, init: RequestInit = {}): Promise<Response> => {
    const { pathname, search } = new URL(String(input));
    const method = init.method ?? "GET";
    const body: unknown = init.body === undefined ? undefined : JSON.parse(String(init.body));
    requests.push({ method, path: pathname + search, headers: { ...(init.headers as Record<string, string>) }, body });
    const answer = reply(method, pathname + search);
    if (answer === "unreachable") throw new TypeError("fetch failed");
    return Response.json(answer.body, { status: answer.status ?? 200 });
  };
  const client = createClient({
    baseUrl: "http://localhost:8080",
    token,
    fetch: answered as typeof fetch,
    WebSocket: Opened as unknown as typeof WebSocket,
    random: () => random,
    later: (ms, run) => {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    onWake: (run) => {
      wakers.add(run);
      return () => wakers.delete(run);
    },
  });
  const pass = async (ms: number): Promise<void> => {
    const until = now + ms;
    for (;;) {
      await settled();
      const [due] = timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (due === undefined) break;
      timers = timers.filter((timer) => timer !== due);
      now = due.at;
      due.run();
    }
    now = until;
  };
  return {
    client,
    sockets,
    requests,
    socket: () => sockets.at(-1) ?? new ServerSocket("ws://nowhere"),
    pass,
    next: () => (timers.length === 0 ? null : Math.min(...timers.map(({ at }) => at)) - now),
    wake: () => {
      for (const run of wakers) run();
    },
    answer: (next) => {
      reply = next;
    },
  };
}

/** Lets all promises that wait for nothing else resolve. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const someLine = (cursor: number): LogLine => ({
  line: `line ${cursor}\n`,
  timestamp: "2026-01-01T00:00:00.000Z",
  stream: "stdout",
  cursor,
});

export const someStatus = (change: Partial<Status> = {}): Status => ({
  deployment_id: 7,
  status: "building",
  stage: "building",
  progress: 50,
  message: "Building Docker image",
  error_message: "",
  version: 3,
  failed_stage: null,
  rolled_back: false,
  log_complete: false,
  ...change,
});

export const someDeployment = (change: Partial<Deployment> = {}): Deployment => ({
  id: 7,
  app_id: 1,
  commit_hash: "a".repeat(40),
  commit_message: "First",
  branch: "main",
  status: "pending",
  stage: "pending",
  progress: 0,
  message: "Waiting in queue",
  error_message: null,
  error_code: null,
  exit_code: null,
  failed_stage: null,
  rolled_back: false,
  deadline_at: null,
  created_at: "2026-01-01T00:00:00.000Z",
  started_at: null,
  finished_at: null,
  duration: null,
  trigger: "api",
  actor: "ada",
  actor_id: "token#2",
  reason: null,
  image_digest: null,
  url: null,
  rollback_of: null,
  from_deployment: null,
  promoted_to: [],
  configuration: null,
  cancel_requested_at: null,
  timeline: [],
  build: null,
  log_complete: false,
  version: 1,
  ...change,
});
