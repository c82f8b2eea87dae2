import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { HoldConnections } from "../../kernel/descriptors.ts";
import { beginsWebSocket } from "../../kernel/handshake.ts";
import { listening } from "../../kernel/listening.ts";
import type { Listener } from "./model.ts";

export interface Handlers {
  request(listenerArn: string, request: IncomingMessage, response: ServerResponse): void;
  upgrade(listenerArn: string, request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export type Opened = Pick<Listener, "arn" | "loadBalancerArn" | "port">;

/** The sockets of the listeners, on 127.0.0.1. */
export interface Listening {
  /** `false`: somebody has that port. */
  open(listener: Opened): Promise<boolean>;
  /** Ends its connections too. */
  close(listenerArn: string): Promise<void>;
  closeAll(): Promise<void>;
}

/** Clients keep idle connections for this long; a release never cuts one. */
const KEEP_ALIVE_MS = 75_000;

/** `false`: somebody has that port, or it is not for everybody. */
const listen = (server: Server, port: number): Promise<boolean> =>
  listening(server, port, "127.0.0.1").then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") return false;
      throw error;
    },
  );

interface ListeningOptions {
  readonly hold: HoldConnections;
  /** Whether somebody else has the socket for that listener. */
  readonly isPublished: (listener: Opened) => boolean;
  readonly mayTake: (port: number) => boolean;
}

export function createListening(handlers: Handlers, { hold, isPublished, mayTake }: ListeningOptions): Listening {
  const servers = new Map<string, { server: Server; sockets: Set<Duplex> }>();
  const close = async (listenerArn: string): Promise<void> => {
    const open = servers.get(listenerArn);
    if (open === undefined) return;
    servers.delete(listenerArn);
    await new Promise<void>((resolve) => {
      open.server.close(() => resolve());
      for (const socket of open.sockets) socket.destroy();
    });
  };
  return {
    open: async (listener) => {
      if (isPublished(listener)) return true;
      const { arn: listenerArn, port } = listener;
      if (!mayTake(port)) return false;
      const server = createServer({
        keepAliveTimeout: KEEP_ALIVE_MS,
        requestTimeout: 0,
        shouldUpgradeCallback: beginsWebSocket,
      });
      hold(server);
      const sockets = new Set<Duplex>();
      server.on("connection", (socket) => {
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
      });
      server.on("request", (request, response) => handlers.request(listenerArn, request, response));
      server.on("upgrade", (request, socket, head) => handlers.upgrade(listenerArn, request, socket, head));
      server.on("clientError", (_error, socket) => socket.destroy());
      if (!(await listen(server, port))) return false;
      servers.set(listenerArn, { server, sockets });
      return true;
    },
    close,
    closeAll: async () => {
      await Promise.all([...servers.keys()].map(close));
    },
  };
}
