import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Clock } from "../../kernel/clock.ts";

export type HeaderList = readonly (readonly [name: string, value: string])[];

/** A request as an API sees it, whoever passed it on. */
export interface GatewayRequest {
  readonly method: string;
  /** Begins with the stage: `/<stage>/…`, still percent-encoded. */
  readonly path: string;
  /** Without the question mark, still percent-encoded. */
  readonly query: string;
  readonly headers: HeaderList;
  readonly sourceIp: string;
  /** `null` when it is larger than an API accepts. */
  readonly body: Buffer | null;
}

export interface GatewayResponse {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Buffer | Readable;
}

/** What API Gateway accepts of a body. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
/** How long a client may take to send it. */
const BODY_TIMEOUT_MS = 30_000;

/** Statuses whose answers have no body and must not name its length. */
const BODILESS = new Set([204, 304]);
const PER_CONNECTION = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
  "proxy-connection",
  "te",
  "trailer",
]);

/** The headers as they were sent, without those that concern one connection only. */
export function headersOf(req: IncomingMessage): HeaderList {
  const raw = req.rawHeaders;
  const pairs = raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? ""] as const] : []));
  return pairs.filter(([name]) => !PER_CONNECTION.has(name.toLowerCase()));
}

export function headerOf(headers: HeaderList, name: string): string | undefined {
  return headers.find(([candidate]) => candidate.toLowerCase() === name.toLowerCase())?.[1];
}

/** The client's address, IPv4 without its IPv6 clothes. */
export function addressOf(req: IncomingMessage): string {
  return (req.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
}

/** The client went away, or was too slow, before its request was complete. */
export class IncompleteRequest extends Error {}

/** The whole body; `null` if it is larger than {@link MAX_BODY_BYTES}. Throws {@link IncompleteRequest}. */
export function readBody(req: IncomingMessage, clock: Clock): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const cancel = clock.after(BODY_TIMEOUT_MS, () => req.destroy(new IncompleteRequest("The body took too long.")));
    req.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
      else resolve(null);
    });
    req.on("end", () => {
      cancel();
      resolve(size <= MAX_BODY_BYTES ? Buffer.concat(chunks) : null);
    });
    req.on("close", () => {
      cancel();
      reject(new IncompleteRequest("The client went away."));
    });
    req.on("error", (cause) => reject(new IncompleteRequest("The request broke off.", { cause })));
  });
}

function groupHeaders(headers: HeaderList): Map<string, string[]> {
  const grouped = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    if (key === "content-length" || PER_CONNECTION.has(key)) continue;
    grouped.set(key, [...(grouped.get(key) ?? []), value]);
  }
  return grouped;
}

function setHeaders(res: ServerResponse, headers: HeaderList): void {
  for (const [name, values] of groupHeaders(headers))
    res.setHeader(name, values.length === 1 ? (values[0] ?? "") : values);
}

/** Sends an answer; a streamed one as it arrives and no faster than the client takes it. Never throws: a client who left is no error. */
export async function sendResponse(
  req: IncomingMessage,
  res: ServerResponse,
  response: GatewayResponse,
): Promise<void> {
  try {
    res.statusCode = response.status;
    setHeaders(res, response.headers);
    if (!req.complete) res.setHeader("connection", "close");
    if (Buffer.isBuffer(response.body)) {
      if (!BODILESS.has(response.status)) res.setHeader("content-length", response.body.length);
      res.end(req.method === "HEAD" ? undefined : response.body);
    } else if (req.method === "HEAD") {
      response.body.destroy();
      res.end();
    } else {
      await pipeline(response.body, res);
    }
  } catch {
    // The stream broke after its head was sent, or a header cannot be sent: all that is left is to end the connection.
    res.destroy();
  }
}

export function jsonResponse(status: number, body: unknown, headers: HeaderList = []): GatewayResponse {
  return {
    status,
    headers: [["content-type", "application/json"], ...headers],
    body: Buffer.from(JSON.stringify(body)),
  };
}
