import { type ClientOptions, WebSocket } from "ws";
import { problemWithMessage } from "./documented.ts";

interface SocketEvent {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Somebody who watches a deployment over a socket and notes everything. What is not described fails whatever they wait for. */
export interface Viewer {
  readonly events: readonly SocketEvent[];
  /** Of `log` and `logs` events. */
  lines(): { line: string; cursor: number; stream: string; timestamp: string }[];
  statuses(): SocketEvent["data"][];
  /** Waits for an event that the condition holds for, those already there included. */
  until(what: string, condition: (event: SocketEvent) => boolean, seconds?: number): Promise<SocketEvent>;
  /** Waits for the `status` with `log_complete`. */
  finished(seconds?: number): Promise<SocketEvent>;
  readonly closed: Promise<number>;
  send(text: string | Buffer): void;
  /** Cuts the connection without a goodbye. */
  cut(): void;
}

/** Opens a socket; rejects with `HTTP <status>` when the handshake is refused. `query` as after the question mark. */
export async function view(url: string, query: string, options: ClientOptions = {}): Promise<Viewer> {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/api/deployments/logs?${query}`, options);
  const events: SocketEvent[] = [];
  const waiting = new Set<() => void>();
  const problems: string[] = [];
  socket.on("message", (data) => {
    const event = JSON.parse(String(data));
    const problem = problemWithMessage("deployment", event);
    if (problem !== null) problems.push(problem);
    events.push(event);
    for (const check of waiting) check();
  });
  const closed = new Promise<number>((done) => socket.on("close", (code) => done(code)));
  await new Promise<void>((done, fail) => {
    socket.once("open", done);
    socket.once("unexpected-response", (_request, response) => {
      response.resume();
      fail(new Error(`HTTP ${response.statusCode}`));
    });
    socket.once("error", fail);
  });
  socket.on("error", () => socket.terminate());
  const until: Viewer["until"] = (what, condition, seconds = 180) =>
    new Promise((done, fail) => {
      const timer = setTimeout(() => {
        waiting.delete(check);
        fail(new Error(`Waited ${seconds} s in vain for ${what}; the last event was ${JSON.stringify(events.at(-1))}`));
      }, seconds * 1000);
      const check = () => {
        const found = events.find(condition);
        if (found === undefined && problems.length === 0) return;
        clearTimeout(timer);
        waiting.delete(check);
        if (found === undefined || problems.length > 0) fail(new Error(problems.join("\n")));
        else done(found);
      };
      waiting.add(check);
      check();
    });
  return {
    events,
    lines: () =>
      events.flatMap((event) => {
        if (event.type === "log") return [event.data];
        return event.type === "logs" ? (event.data.lines as SocketEvent["data"][]) : [];
      }) as ReturnType<Viewer["lines"]>,
    statuses: () => events.filter((event) => event.type === "status").map((event) => event.data),
    until,
    finished: (seconds) =>
      until("the end of the log", (event) => event.type === "status" && event.data.log_complete === true, seconds),
    closed,
    send: (text) => socket.send(text),
    cut: () => socket.terminate(),
  };
}
