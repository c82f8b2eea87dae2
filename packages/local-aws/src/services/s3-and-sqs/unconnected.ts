import { AsyncLocalStorage } from "node:async_hooks";
import type { RequestOptions } from "node:http";
import net from "node:net";
import { type Duplex, duplexPair } from "node:stream";

/** A server that serves connections of this process only: it has no socket, so nobody else can connect to it. */
export interface Unconnected<T> {
  readonly started: T;
  /** For `http.request`: a connection that stays in memory. */
  readonly createConnection: NonNullable<RequestOptions["createConnection"]>;
}

interface Capture {
  server?: net.Server;
}

const starting = new AsyncLocalStorage<Capture>();
let wrapped: typeof net.Server.prototype.listen | undefined;
let captures = 0;

/** The server believes that it listens. Its port is 1, which nobody can have without privileges, and nobody is sent there. */
function pretendToListen(server: net.Server): void {
  Object.defineProperty(server, "address", { value: () => ({ address: "127.0.0.1", family: "IPv4", port: 1 }) });
  process.nextTick(() => server.emit("listening"));
}

function wrapListen(): void {
  captures += 1;
  if (wrapped !== undefined) return;
  const listen = net.Server.prototype.listen;
  wrapped = listen;
  net.Server.prototype.listen = function (this: net.Server, ...given: unknown[]): net.Server {
    const capture = starting.getStore();
    if (capture === undefined) return Reflect.apply(listen, this, given);
    if (capture.server !== undefined) throw new Error("a second server wants to listen");
    capture.server = this;
    pretendToListen(this);
    return this;
  };
}

function unwrapListen(): void {
  captures -= 1;
  if (captures > 0 || wrapped === undefined) return;
  net.Server.prototype.listen = wrapped;
  wrapped = undefined;
}

/**
 * Runs `start`, which makes one HTTP server listen, without letting it: a server that always opens a port, and
 * answers anybody there, is kept in memory. Other servers are not concerned, also when several starts run at once.
 */
export async function unconnected<T>(start: () => Promise<T>): Promise<Unconnected<T>> {
  const capture: Capture = {};
  wrapListen();
  try {
    const started = await starting.run(capture, start);
    const { server } = capture;
    if (server === undefined) throw new Error("no server was started");
    const createConnection = (): Duplex => {
      const [near, far] = duplexPair();
      // As a socket would: a connection that the server cuts ends here too.
      far.once("close", () => near.destroy());
      server.emit("connection", far);
      return near;
    };
    return { started, createConnection };
  } finally {
    unwrapListen();
  }
}
