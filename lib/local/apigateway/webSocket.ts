import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { FunctionInvoker, LocalContext } from "../part.ts";
import type { Connection, ConnectionLimits } from "./connection.ts";
import { MAX_MESSAGE_BYTES, openConnection } from "./connection.ts";
import { shakeHands } from "./handshake.ts";
import type { GatewayRequest, HeaderList } from "./message.ts";
import { createMessageRouter } from "./messageRoutes.ts";
import type { WebSocketApi } from "./webSocketApis.ts";
import type { ConnectionIdentity } from "./webSocketEvents.ts";
import { identityOf } from "./webSocketEvents.ts";

/** Holds the connections of the template's WebSocket APIs. */
export interface WebSocketGateway {
  has(apiId: string): boolean;
  /** Answers an upgrade request: `request` says how it looks to the API (its path is `/<stage>`), `req` and `socket` are the client's own. */
  upgrade(apiId: string, request: GatewayRequest, req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
  /** The open connection of that API and stage. */
  find(apiId: string, stage: string, connectionId: string): Connection | undefined;
  close(): void;
}

/** Answers an upgrade request with an ordinary response and ends the connection. */
export function refuseUpgrade(socket: Duplex, status: number, body: string, headers: HeaderList = []): void {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Refused"}`,
    "connection: close",
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
}

export function createWebSocketGateway(
  context: LocalContext,
  invoker: FunctionInvoker,
  apis: ReadonlyMap<string, WebSocketApi>,
  limits: ConnectionLimits,
): WebSocketGateway {
  const connections = new Map<string, Connection>();
  const shakingHands = new Set<Duplex>();
  const router = createMessageRouter(context, invoker);
  let closing = false;

  const disconnect = async (
    api: WebSocketApi,
    identity: ConnectionIdentity,
    code: number,
    reason: string,
  ): Promise<void> => {
    connections.delete(identity.connectionId);
    // The functions end together with the gateway: nobody would be there to hear it.
    if (!closing) await router.disconnected(api, identity, code, reason);
  };

  const open = (
    api: WebSocketApi,
    identity: ConnectionIdentity,
    protocol: string | undefined,
    req: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): void => {
    const server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: MAX_MESSAGE_BYTES,
      handleProtocols: (asked) => (protocol !== undefined && asked.has(protocol) ? protocol : false),
    });
    server.handleUpgrade(req, socket, head, (client) => {
      const connection: Connection = openConnection(context.clock, limits, identity, client, {
        message: async (data, isBinary) => {
          const answer = await router.message(api, identity, data, isBinary);
          if (answer !== undefined) connection.send(answer);
        },
        closed: (code, reason) => disconnect(api, identity, code, reason),
      });
      connections.set(identity.connectionId, connection);
    });
  };

  const upgrade: WebSocketGateway["upgrade"] = async (apiId, request, req, socket, head) => {
    const api = apis.get(apiId);
    const [, stage = "", rest = ""] = /^\/([^/]*)\/?(.*)$/.exec(request.path) ?? [];
    if (closing || api === undefined || !api.stages.has(stage) || rest !== "") {
      return refuseUpgrade(socket, 403, JSON.stringify({ message: "Forbidden" }), [
        ["x-amzn-errortype", "ForbiddenException"],
      ]);
    }
    // Without a listener a client that resets its connection now would end the process; `destroyed` says so below.
    const broken = (): void => void socket.destroy();
    socket.on("error", broken);
    shakingHands.add(socket);
    const result = await shakeHands(context, invoker, api, request, identityOf(context, apiId, stage, request));
    shakingHands.delete(socket);
    if (!result.accepted) return refuseUpgrade(socket, result.status, result.body);
    if (socket.destroyed || !socket.readable || !socket.writable) {
      return disconnect(api, result.identity, 1006, "");
    }
    open(api, result.identity, result.protocol, req, socket, head);
    socket.removeListener("error", broken);
  };

  return {
    has: (apiId) => apis.has(apiId),
    upgrade,
    find: (apiId, stage, connectionId) => {
      const found = connections.get(connectionId);
      return found?.identity.apiId === apiId && found.identity.stage === stage ? found : undefined;
    },
    close: () => {
      closing = true;
      for (const socket of shakingHands) socket.destroy();
      for (const connection of connections.values()) connection.terminate();
    },
  };
}
