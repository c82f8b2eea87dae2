import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { boundConnections, type HoldConnections } from "@slipway/local-aws/kernel/descriptors";
import { beginsWebSocket } from "@slipway/local-aws/kernel/handshake";
import { listening } from "@slipway/local-aws/kernel/listening";
import { refusedTrace } from "@slipway/local-aws/kernel/trace";
import type { PublishedListener } from "@slipway/local-aws/services/elb/elb";

/** The handlers of requests to the public port. */
interface PublicHandlers {
  /** The control plane, as CloudFront fronts it. */
  readonly controlPlane: {
    handle(request: IncomingMessage, response: ServerResponse): void;
    upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  };
  /** `http://<app>.localhost:<port>`, as a domain's host rules would lead to it. */
  readonly app: {
    handle(name: string, request: IncomingMessage, response: ServerResponse): void;
    upgrade(name: string, request: IncomingMessage, socket: Duplex, head: Buffer): void;
  };
  /** What answers names that DNS tells over plain HTTP; `undefined`: it is none of these. */
  readonly named?: (request: IncomingMessage) => Pick<PublishedListener, "serve" | "upgrade"> | undefined;
}

export interface PublicFront {
  readonly port: number;
  /** From now on requests are let in; before, they are answered 503. */
  open(target: PublicHandlers): void;
  close(): Promise<void>;
}

/** `shop` of `shop.localhost:8080`. */
const appOf = (request: IncomingMessage): string | undefined =>
  /^([a-z0-9-]+)\.localhost(:\d+)?$/i.exec(request.headers.host ?? "")?.[1]?.toLowerCase();

/** Takes the port at once, so that its address is known while everything else is made. Rejects when the port is busy. */
export async function listenPublicly(
  port: number,
  host: string,
  hold: HoldConnections = boundConnections(),
): Promise<PublicFront> {
  let target: PublicHandlers | null = null;
  const handlers: ServerHandlers = {
    request: (request, response) => {
      if (refusedTrace(request, response)) return;
      if (target === null) return void response.writeHead(503, { "Retry-After": "1" }).end("Slipway is starting.\n");
      const named = target.named?.(request);
      if (named !== undefined) return named.serve(request, response);
      const app = appOf(request);
      if (app === undefined) target.controlPlane.handle(request, response);
      else target.app.handle(app, request, response);
    },
    upgrade: (request, socket, head) => {
      if (target === null) return void socket.destroy();
      const named = target.named?.(request);
      if (named !== undefined) return named.upgrade(request, socket, head);
      const app = appOf(request);
      if (app === undefined) target.controlPlane.upgrade(request, socket, head);
      else target.app.upgrade(app, request, socket, head);
    },
    hold,
  };
  const taken = await take(port, addressesFor(host), handlers);
  return {
    port: taken.port,
    open: (given) => {
      target = given;
    },
    close: async () => void (await Promise.all(taken.fronts.map(closed))),
  };
}

interface ServerHandlers {
  readonly hold: HoldConnections;
  readonly request: (request: IncomingMessage, response: ServerResponse) => void;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

interface Front {
  readonly server: Server;
  /** Sockets that the server gave away and no longer knows of. */
  readonly upgraded: ReadonlySet<Duplex>;
}

interface Taken {
  readonly port: number;
  readonly fronts: readonly Front[];
}

const loopback = ["127.0.0.1", "::1"] as const;

/**
 * `localhost` is both loopback addresses, and browsers try the other one first: whoever held the port there would be the
 * control plane to them, with what they keep for its origin.
 */
const addressesFor = (host: string): readonly string[] =>
  [...loopback, "localhost"].includes(host) ? loopback : [host];

/** Ports that are free at one address and busy at the other are given up so many times. */
const tries = 50;

async function take(port: number, addresses: readonly string[], handlers: ServerHandlers): Promise<Taken> {
  for (let attempt = 1; ; attempt++) {
    const fronts: Front[] = [];
    try {
      return { port: await listenAtAll(port, addresses, handlers, fronts), fronts };
    } catch (error) {
      await Promise.all(fronts.map(closed));
      if (port !== 0 || attempt === tries || codeOf(error) !== "EADDRINUSE") throw error;
    }
  }
}

/** Answers the port; a free one that the first address found is taken at the others too. */
async function listenAtAll(
  port: number,
  addresses: readonly string[],
  handlers: ServerHandlers,
  fronts: Front[],
): Promise<number> {
  let number = port;
  for (const address of addresses) {
    const front = createFront(handlers);
    try {
      await listening(front.server, number, address);
    } catch (error) {
      // A machine without IPv6 has nobody at that address either.
      if (fronts.length > 0 && ["EADDRNOTAVAIL", "EAFNOSUPPORT"].includes(codeOf(error) ?? "")) continue;
      throw error;
    }
    fronts.push(front);
    const bound = front.server.address();
    if (bound === null || typeof bound === "string") throw new Error("The public port has no number.");
    number = bound.port;
  }
  return number;
}

const codeOf = (error: unknown): string | undefined =>
  typeof error === "object" && error !== null && "code" in error ? String(error.code) : undefined;

function createFront({ request, upgrade, hold }: ServerHandlers): Front {
  const options = { keepAliveTimeout: 75_000, headersTimeout: 20_000, shouldUpgradeCallback: beginsWebSocket };
  const server = createServer(options, request);
  hold(server);
  const upgraded = new Set<Duplex>();
  server.on("upgrade", (incoming, socket, head) => {
    upgraded.add(socket);
    socket.once("close", () => upgraded.delete(socket));
    // Nobody else listens for errors of a socket that was taken over from the server.
    socket.on("error", () => socket.destroy());
    socket.once("finish", () => closeSoon(socket));
    upgrade(incoming, socket, head);
  });
  server.on("clientError", (_error, socket) => socket.destroy());
  return { server, upgraded };
}

/** How long a client has to close a connection that was ended. */
const lingerMs = 5000;

/** An upgraded socket that has been ended stays half open, and unread, until somebody sees the other side's end. */
function closeSoon(socket: Duplex): void {
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  timer.unref();
  socket.once("close", () => clearTimeout(timer));
  socket.resume();
}

function closed({ server, upgraded }: Front): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
    for (const socket of upgraded) socket.destroy();
  });
}
