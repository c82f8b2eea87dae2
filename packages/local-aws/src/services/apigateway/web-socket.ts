import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { FunctionInvoker, LocalContext } from "../../kernel/part.ts";
import { type Connection, type ConnectionLimits, MAX_MESSAGE_BYTES, openConnection } from "./connection.ts";
import { shakeHands } from "./handshake.ts";
import { type GatewayRequest, type GatewayResponse, headerOf, jsonResponse } from "./message.ts";
import { createMessageRouter } from "./message-routes.ts";
import type { WebSocketApi } from "./web-socket-apis.ts";
import { type ConnectionIdentity, identityOf } from "./web-socket-events.ts";

/** Holds the connections of the template's WebSocket APIs. */
export interface WebSocketGateway {
  has(apiId: string): boolean;
  /** Answers an upgrade request: `request` says how it looks to the API (its path is `/<stage>`), `req` and `socket` are the client's own. */
  upgrade(apiId: string, request: GatewayRequest, req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
  /** The open connection of that API and stage. */
  find(apiId: string, stage: string, connectionId: string): Connection | undefined;
  close(): void;
}

const FORBIDDEN = jsonResponse(403, { message: "Forbidden" }, [["x-amzn-errortype", "ForbiddenException"]]);
const OWN_HEADERS = new Set(["connection", "content-length", "content-type"]);

/** Answers an upgrade request with an ordinary response and ends the connection. What is streamed is no answer to a handshake. */
export function refuseUpgrade(socket: Duplex, response: GatewayResponse): void {
  if (!Buffer.isBuffer(response.body)) response.body.destroy();
  const body = Buffer.isBuffer(response.body) ? response.body : Buffer.alloc(0);
  const others = response.headers.filter(([name]) => !OWN_HEADERS.has(name.toLowerCase()));
  const lines = [
    `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? "Refused"}`,
    "connection: close",
    `content-type: ${headerOf(response.headers, "content-type") ?? "application/json"}`,
    `content-length: ${body.length}`,
    ...others.map(([name, value]) => `${name}: ${value.replaceAll(/[\r\n]+/g, " ")}`),
  ];
  socket.end(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), body]));
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
      return refuseUpgrade(socket, FORBIDDEN);
    }
    // Without a listener a client that resets its connection now would end the process; `destroyed` says so below.
    const broken = (): void => void socket.destroy();
    socket.on("error", broken);
    shakingHands.add(socket);
    const result = await shakeHands(context, invoker, api, request, identityOf(context, apiId, stage, request));
    shakingHands.delete(socket);
    if (!result.accepted) {
      return refuseUpgrade(socket, { status: result.status, headers: [], body: Buffer.from(result.body) });
    }
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
