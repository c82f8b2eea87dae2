import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { refusedTrace } from "./trace.ts";

/** Who answers on the port that people use. */
interface Doors {
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
}

export interface PublicFront {
  readonly port: number;
  /** From now on requests are let in; before, they are answered 503. */
  open(doors: Doors): void;
  close(): Promise<void>;
}

/** `shop` of `shop.localhost:8080`. */
const appOf = (request: IncomingMessage): string | undefined =>
  /^([a-z0-9-]+)\.localhost(:\d+)?$/i.exec(request.headers.host ?? "")?.[1]?.toLowerCase();

/** Takes the port at once, so that its address is known while everything else is made. Rejects when the port is busy. */
export async function listenPublicly(port: number, host: string): Promise<PublicFront> {
  let doors: Doors | null = null;
  const server = createServer({ keepAliveTimeout: 75_000, headersTimeout: 20_000 }, (request, response) => {
    if (refusedTrace(request, response)) return;
    if (doors === null) return void response.writeHead(503, { "Retry-After": "1" }).end("Slipway is starting.\n");
    const app = appOf(request);
    if (app === undefined) doors.controlPlane.handle(request, response);
    else doors.app.handle(app, request, response);
  });
  server.on("upgrade", (request, socket, head) => {
    // Nobody else listens for errors of a socket that was taken over from the server.
    socket.on("error", () => socket.destroy());
    if (doors === null) return void socket.destroy();
    const app = appOf(request);
    if (app === undefined) doors.controlPlane.upgrade(request, socket, head);
    else doors.app.upgrade(app, request, socket, head);
  });
  server.on("clientError", (_error, socket) => socket.destroy());
  await listening(server, port, host);
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The public port has no number.");
  return {
    port: address.port,
    open: (given) => {
      doors = given;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
