import {
  createServer as createHttp1,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import { constants, createServer as createHttp2, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { type Duplex, duplexPair } from "node:stream";
import { createServer as createTls, type SecureContext, type TLSSocket } from "node:tls";
import type { HoldConnections } from "../../kernel/descriptors.ts";
import { beginsWebSocket } from "../../kernel/handshake.ts";
import { listening } from "../../kernel/listening.ts";

export interface TlsFrontOptions {
  readonly port: number;
  readonly host: string;
  readonly hold: HoldConnections;
  /** What is presented to a client that asks for this name; `undefined`: the handshake fails, as that of one that asks for none. */
  readonly contextFor: (name: string) => SecureContext | undefined;
  readonly request: (request: IncomingMessage, response: ServerResponse) => void;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** One port for listeners over TLS: the name that a client asks for chooses the certificate; HTTP/2 and HTTP/1.1. */
export interface TlsFront {
  readonly port: number;
  close(): Promise<void>;
}

const KEEP_ALIVE_MS = 75_000;
const HANDSHAKE_MS = 10_000;
/** Of one connection, as ELB has it. */
const MOST_STREAMS = 128;

/** Takes the port. Rejects if somebody has it. */
export async function listenOverTls(options: TlsFrontOptions): Promise<TlsFront> {
  const http1 = createHttp1({
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: 0,
    shouldUpgradeCallback: beginsWebSocket,
  });
  http1.on("request", options.request);
  http1.on("upgrade", options.upgrade);
  http1.on("clientError", (_error, socket) => socket.destroy());
  const http2 = createHttp2({ settings: { maxConcurrentStreams: MOST_STREAMS } });
  http2.on("stream", (stream, headers) => passOn(http1, stream, headers));
  http2.on("sessionError", () => undefined);

  const tls = createTls(
    {
      minVersion: "TLSv1.2",
      ALPNProtocols: ["h2", "http/1.1"],
      handshakeTimeout: HANDSHAKE_MS,
      SNICallback: (name, done) => {
        const context = options.contextFor(name);
        if (context === undefined) done(new Error(`There is no certificate for ${name}.`));
        else done(null, context);
      },
    },
    (socket) => (socket.alpnProtocol === "h2" ? http2 : http1).emit("connection", socket),
  );
  const open = new Set<TLSSocket>();
  tls.on("secureConnection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
  });
  tls.on("tlsClientError", (_error, socket) => socket.destroy());
  options.hold(tls);
  const port = await listening(tls, options.port, options.host);
  return {
    port,
    close: () =>
      new Promise<void>((resolve) => {
        tls.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** Where a request over HTTP/2 came from, for whoever serves it over HTTP/1.1: a load balancer's targets know no other. */
function passOn(http1: Server, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  const [near, far] = duplexPair();
  // What HTTP/1.1 asks its socket.
  const { remoteAddress, remotePort } = stream.session?.socket ?? {};
  Object.assign(far, { remoteAddress, remotePort });
  far.on("error", () => far.destroy());
  near.on("error", () => near.destroy());
  http1.emit("connection", far);
  const own = Object.entries(headers).filter(([name]) => !name.startsWith(":"));
  const hasBody = !stream.endAfterHeaders;
  const outgoing = request({
    // Without an agent, which would connect by itself; the connection ends with the answer.
    createConnection: () => near,
    setHost: false,
    method: headers[":method"] ?? "GET",
    path: headers[":path"] ?? "/",
    headers: {
      host: headers[":authority"] ?? headers.host ?? "",
      ...Object.fromEntries(own),
      ...(hasBody && headers["content-length"] === undefined ? { "transfer-encoding": "chunked" } : {}),
    },
  });
  stream.on("error", () => outgoing.destroy());
  stream.once("close", () => {
    outgoing.destroy();
    near.destroy();
  });
  outgoing.once("error", () => {
    if (!stream.destroyed) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  });
  outgoing.once("response", (reply) => answer(stream, reply));
  stream.pipe(outgoing);
}

/** They belong to a connection of HTTP/1.1, and HTTP/2 forbids them (RFC 9113, 8.2.2). */
const CONNECTION_HEADERS = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"]);

function answer(stream: ServerHttp2Stream, reply: IncomingMessage): void {
  if (stream.destroyed) return;
  const kept = Object.entries(reply.headersDistinct).filter(([name]) => !CONNECTION_HEADERS.has(name));
  const headers = kept.map(([name, values = []]) => [name, values.length === 1 ? values[0] : values] as const);
  stream.respond({ ":status": reply.statusCode ?? 502, ...Object.fromEntries(headers) });
  reply.pipe(stream);
  // A body that breaks off must not look complete.
  reply.once("error", () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
}
