import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { type FauxqsServer, startFauxqs } from "fauxqs";
import type { WireResponse } from "../../kernel/service.ts";
import { returnInFlightMessages } from "./in-flight.ts";
import { relaxedSync } from "./relaxed-sync.ts";
import { type Unconnected, unconnected } from "./unconnected.ts";

interface Forwarded {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

/** fauxqs in this process. It has no credentials of its own, so it has no port either: only this module can ask it. */
export interface FauxqsEngine {
  readonly server: FauxqsServer;
  forward(request: Forwarded): Promise<WireResponse>;
  /** Ends long polls and waiting connections; what was accepted is on disk. */
  close(): Promise<void>;
}

/** Meaningful between two neighbours only (RFC 9110, 7.6.1). */
const hopByHop = new Set(["connection", "keep-alive", "transfer-encoding"]);

function ownHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !hopByHop.has(name)) own[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return own;
}

function ask(
  createConnection: Unconnected<unknown>["createConnection"],
  { method, path, headers, body }: Forwarded,
): Promise<WireResponse> {
  return new Promise((resolve, reject) => {
    const length = { "content-length": String(Buffer.byteLength(body)) };
    const options = { host: "127.0.0.1", createConnection, method, path, headers: { ...headers, ...length } };
    const request = httpRequest(options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 500,
          headers: ownHeaders(response.headers),
          body: Buffer.concat(chunks),
        }),
      );
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** Opens what lies in `dataDir`, or begins anew. Messages that were in flight are visible again. */
export async function openFauxqs(dataDir: string, region: string): Promise<FauxqsEngine> {
  returnInFlightMessages(dataDir);
  const { started: server, createConnection } = await unconnected(() =>
    relaxedSync(() => startFauxqs({ port: 0, logger: false, dataDir, defaultRegion: region })),
  );
  return { server, forward: (request) => ask(createConnection, request), close: () => server.stop() };
}
