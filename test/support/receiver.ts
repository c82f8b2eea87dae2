import { createServer } from "node:http";
import { eventually } from "./local-mode.ts";

/** A notice as somebody's server gets it. */
export interface Received {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What it was answered; 0: nothing. */
  readonly status: number;
}

/** A status, with headers where it needs some; `null`: it never answers. */
type Reply = { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | null;

export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** From now on requests at a path are answered so; `nth` counts from 1. Otherwise it is 200. */
  answer(path: string, reply: (nth: number) => Reply): void;
  /** What came to a path, once there are at least `count`. */
  at(path: string, count?: number, seconds?: number): Promise<readonly Received[]>;
  close(): Promise<void>;
}

/** Somebody else's server, which notes what it gets. */
export async function receiver(): Promise<Receiver> {
  const received: Received[] = [];
  const replies = new Map<string, (nth: number) => Reply>();
  const of = (path: string) => received.filter((one) => one.path === path);
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      const path = request.url ?? "/";
      const answer = replies.get(path) ?? ((): Reply => ({ status: 200 }));
      const reply = answer(of(path).length + 1);
      received.push({ path, headers: request.headers, body, at: Date.now(), status: reply?.status ?? 0 });
      if (reply !== null) response.writeHead(reply.status, { ...reply.headers }).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("It listens on no port.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    answer: (path, reply) => void replies.set(path, reply),
    at: (path, count = 1, seconds = 60) =>
      eventually(`${count} at ${path}`, () => (of(path).length >= count ? of(path) : undefined), seconds),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
