import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { Counting } from "./counting.ts";
import { hasBody, isWellFormed, requestHeaders, responseHeaders } from "./headers.ts";
import type { Chosen, Target } from "./targets.ts";

/** Where a request may go, and for how long it may say nothing. */
export interface Route {
  readonly listenerPort: number;
  readonly protocol: "http" | "https";
  readonly idleMs: number;
  /** A healthy target, another one than `except` where there is one. */
  pick(except?: Target): Chosen | undefined;
  readonly counting: Counting;
  /** Milliseconds. */
  readonly now: () => number;
}

const PLAIN: Readonly<Record<number, string>> = {
  400: "400 Bad Request: the request cannot be passed on.\n",
  502: "502 Bad Gateway: the app gave no answer that can be passed on.\n",
  503: "503 Service Unavailable: no healthy target.\n",
  504: "504 Gateway Timeout: the app did not answer in time.\n",
};

/** The answer of the load balancer itself. */
export function answer(
  response: ServerResponse,
  status: number,
  body = PLAIN[status] ?? "",
  type = "text/plain",
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const length = Buffer.byteLength(body);
  response.writeHead(status, { "content-type": `${type}; charset=utf-8`, "content-length": length, ...headers });
  response.end(body);
}

const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS"]);

/** One attempt to have a target answer. */
class Attempt {
  readonly #incoming: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #route: Route;
  readonly #target: Chosen;
  readonly #outgoing: ClientRequest;
  readonly #mayRepeat: boolean;
  /** Whether the target may have seen any of it. */
  #sent = false;
  #timedOut = false;
  readonly #since: number;

  constructor(incoming: IncomingMessage, response: ServerResponse, route: Route, target: Chosen, mayRepeat: boolean) {
    this.#incoming = incoming;
    this.#response = response;
    this.#route = route;
    this.#target = target;
    this.#mayRepeat = mayRepeat;
    this.#since = route.now();
    // What must not be sent twice gets a connection of its own, so that it cannot meet one that the target is just closing.
    const repeatable = REPEATABLE.has(incoming.method ?? "") && !hasBody(incoming);
    this.#outgoing = request({
      host: target.host,
      port: target.port,
      method: incoming.method,
      path: incoming.url,
      headers: requestHeaders(incoming, route.listenerPort, route.protocol),
      agent: repeatable ? target.agent : false,
      setHost: false,
    });
    this.#watch();
  }

  #watch(): void {
    const outgoing = this.#outgoing;
    const over = this.#target.use(() => outgoing.destroy(new Error("draining is over")));
    this.#response.once("close", () => {
      over();
      if (!this.#response.writableFinished) outgoing.destroy();
    });
    outgoing.setTimeout(this.#route.idleMs, () => {
      this.#timedOut = true;
      outgoing.destroy(new Error("idle"));
    });
    const malformed = (): void => {
      over();
      answer(this.#response, 502);
      outgoing.destroy();
    };
    outgoing.once("response", (reply) => (isWellFormed(reply) ? this.#pass(reply) : malformed()));
    // Nobody asked for another protocol.
    outgoing.once("upgrade", (_reply, socket) => {
      socket.destroy();
      malformed();
    });
    outgoing.on("error", () => {
      over();
      this.#failed();
    });
    outgoing.once("socket", (socket) => {
      if (socket.connecting) socket.once("connect", () => this.#send());
      else this.#send();
    });
  }

  #send(): void {
    this.#sent = true;
    this.#incoming.pipe(this.#outgoing);
  }

  #pass(reply: IncomingMessage): void {
    this.#route.counting.answered(reply.statusCode ?? 502, this.#route.now() - this.#since);
    this.#response.writeHead(reply.statusCode ?? 502, reply.statusMessage, responseHeaders(reply));
    this.#response.flushHeaders();
    reply.pipe(this.#response);
    // A body that breaks off must not look complete.
    reply.once("error", () => this.#response.destroy());
  }

  /** Nothing was sent, or it was harmless and met a connection that had been idle: another target, or another connection, gets it. */
  #failed(): void {
    if (!this.#sent && !this.#response.destroyed) this.#route.counting.unreachable();
    if (this.#response.writableEnded) return;
    if (this.#response.headersSent || this.#response.destroyed) {
      this.#response.destroy();
      return;
    }
    const stale =
      this.#outgoing.reusedSocket && REPEATABLE.has(this.#incoming.method ?? "") && !hasBody(this.#incoming);
    if (this.#mayRepeat && !this.#timedOut && (!this.#sent || stale)) {
      this.#incoming.unpipe();
      forwardTo(this.#incoming, this.#response, this.#route, this.#sent ? undefined : this.#target, false);
      return;
    }
    answer(this.#response, this.#timedOut ? 504 : 502);
  }
}

function forwardTo(
  incoming: IncomingMessage,
  response: ServerResponse,
  route: Route,
  except: Target | undefined,
  mayRepeat: boolean,
): void {
  const target = route.pick(except) ?? route.pick();
  if (target === undefined) {
    answer(response, 503);
    return;
  }
  // A repetition is the same request.
  if (mayRepeat) route.counting.asked();
  try {
    new Attempt(incoming, response, route, target, mayRepeat);
  } catch {
    // Node takes in what it refuses to send, such as two `Host` headers: its sender gets an error, and nobody else is affected.
    answer(response, 400);
  }
}

/** Has a target answer the request: 503 if none is healthy, 502 if it fails, 504 if it is silent too long. */
export function proxy(incoming: IncomingMessage, response: ServerResponse, route: Route): void {
  forwardTo(incoming, response, route, undefined, true);
}
