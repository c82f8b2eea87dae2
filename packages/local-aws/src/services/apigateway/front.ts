import { createServer, type IncomingMessage } from "node:http";
import { beginsWebSocket } from "../../kernel/handshake.ts";
import { listening } from "../../kernel/listening.ts";
import type { LocalContext } from "../../kernel/part.ts";
import { refusedTrace } from "../../kernel/trace.ts";
import {
  addressOf,
  type GatewayRequest,
  headersOf,
  IncompleteRequest,
  jsonResponse,
  readBody,
  sendResponse,
} from "./message.ts";
import { domainOf } from "./names.ts";
import type { RestGateway } from "./rest.ts";
import { refuseUpgrade, type WebSocketGateway } from "./web-socket.ts";

/** The APIs as their own `execute-api` host names would show them: `http://127.0.0.1:<port>/<api>/<stage>/…`. */
export interface ApiFront {
  readonly port: number;
  close(): Promise<void>;
}

function parse(
  context: LocalContext,
  req: IncomingMessage,
  body: Buffer | null,
): { apiId: string; request: GatewayRequest } {
  const [path = "/", query = ""] = (req.url ?? "/").split(/\?(.*)/s);
  const [, apiId = "", rest = "/"] = /^\/([^/]*)(\/.*)?$/.exec(path) ?? [];
  const sourceIp = addressOf(req);
  const headers = [
    ...headersOf(req).filter(([name]) => name.toLowerCase() !== "host"),
    ["Host", domainOf(apiId, context.region)] as const,
    ["X-Forwarded-For", sourceIp] as const,
    ["X-Forwarded-Proto", "http"] as const,
  ];
  return { apiId, request: { method: req.method ?? "GET", path: rest, query, headers, sourceIp, body } };
}

/** Listens on a free port of the loopback address. */
export async function openFront(
  context: LocalContext,
  rest: RestGateway,
  webSocket: WebSocketGateway,
): Promise<ApiFront> {
  const options = { headersTimeout: 20_000, requestTimeout: 60_000, shouldUpgradeCallback: beginsWebSocket };
  const server = createServer(options, async (req, res) => {
    if (refusedTrace(req, res)) return;
    try {
      const { apiId, request } = parse(context, req, await readBody(req, context.clock));
      await sendResponse(req, res, await rest.handle(apiId, request));
    } catch (error) {
      if (error instanceof IncompleteRequest) return void res.destroy();
      context.log("apigateway", { level: "ERROR", message: String(error), url: req.url });
      await sendResponse(req, res, jsonResponse(500, { message: "Internal server error" }));
    }
  });
  server.on("upgrade", (req, socket, head) => {
    const { apiId, request } = parse(context, req, Buffer.alloc(0));
    webSocket.upgrade(apiId, request, req, socket, head).catch((error: unknown) => {
      context.log("apigateway", { level: "ERROR", message: String(error), url: req.url });
      refuseUpgrade(socket, jsonResponse(500, { message: "Internal server error" }));
    });
  });
  const port = await listening(server, 0, "127.0.0.1");
  return {
    port,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
