import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

/** What CloudFront and load balancers take. */
const allowed = "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE";

/**
 * Answers `TRACE` with 405, as CloudFront and load balancers do: it would show a page what its browser added to a request.
 * `false`: it is another method, and nothing was answered. The body is an error as the API words its own.
 */
export function refusedTrace({ method }: IncomingMessage, response: ServerResponse): boolean {
  if (method !== "TRACE") return false;
  const error = "This method is not allowed for this URL.";
  const body = { success: false, error, code: "method_not_allowed", request_id: randomUUID(), details: [] };
  response.writeHead(405, { Allow: allowed, "Content-Type": "application/json" }).end(JSON.stringify(body));
  return true;
}
