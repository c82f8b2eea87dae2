import type { IncomingMessage, ServerResponse } from "node:http";
import type { WireRequest, WireResponse } from "../kernel/service.ts";
import type { Head } from "./sigv4.ts";

/** The client went away before its request was whole: there is nobody to answer. */
export class Disconnected extends Error {}

/** The body as far as it fits into `limit` bytes: `undefined` when it does not. Throws {@link Disconnected}. */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) return void chunks.push(chunk);
      chunks.length = 0;
      resolve(undefined);
    });
    request.on("end", () => resolve(Buffer.concat(chunks)));
    request.on("error", (cause) => reject(new Disconnected("The request was aborted.", { cause })));
  });
}

/** A request before its body is read. */
export function headOf(request: IncomingMessage): Head {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return { method: request.method ?? "GET", target: request.url ?? "", headers };
}

/** The request in the shape services read; `undefined` when its target is not a path. */
export function wireRequest({ method, target, headers }: Head, base: string, body: Buffer): WireRequest | undefined {
  if (!target.startsWith("/") || !URL.canParse(base + target)) return undefined;
  return { method, url: new URL(base + target), headers, body };
}

export function send(response: ServerResponse, answer: WireResponse): void {
  // A client that went away meanwhile closes the response; writing to it is then a no-op.
  const body = typeof answer.body === "string" ? Buffer.from(answer.body) : answer.body;
  const length = "content-length" in answer.headers ? {} : { "content-length": body.length };
  response.writeHead(answer.status, { ...answer.headers, ...length });
  response.end(body);
}
