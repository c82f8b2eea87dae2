import type { Logger } from "@aws-lambda-powertools/logger";
import type { APIGatewayProxyEvent } from "aws-lambda";
import type { Answer } from "../../lib/api/deps.ts";
import { trustedHeaders } from "../../lib/api/edge.ts";
import { ApiError, errorBody } from "../../lib/api/errors.ts";
import type { ApiRequest } from "../../lib/api/handle.ts";
import { fromContext } from "../../lib/api/principal.ts";

export interface GatewayAnswer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A proxy event of API Gateway's REST API as the API reads it. `edgeSecrets`: by which of them the edge is known. */
export function toRequest(event: APIGatewayProxyEvent, edgeSecrets: readonly string[] = []): ApiRequest {
  return {
    method: event.httpMethod,
    path: event.path,
    query: defined(event.queryStringParameters),
    headers: trustedHeaders(lowerCased(event.headers), edgeSecrets),
    body: event.body !== null && event.isBase64Encoded ? Buffer.from(event.body, "base64").toString() : event.body,
    ...fromContext(event.requestContext.authorizer),
    address: event.requestContext.identity.sourceIp,
  };
}

export function lowerCased(
  headers: Readonly<Record<string, string | undefined>> | null | undefined,
): Record<string, string> {
  return Object.fromEntries(Object.entries(defined(headers)).map(([name, value]) => [name.toLowerCase(), value]));
}

export function defined(
  values: Readonly<Record<string, string | undefined>> | null | undefined,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** On every answer that does not say otherwise: no other page may embed it. Calls from allowed origins are CORS, which this does not concern. */
const ownPagesOnly = { "Cross-Origin-Resource-Policy": "same-origin" };

/** On every answer: nobody keeps it, and nobody takes it for a page. What an answer says itself counts more. */
const cautious = {
  ...ownPagesOnly,
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
};

/** Text to be kept as a file. The name is ours: it holds nothing that somebody sent. */
export const download = (name: string): Record<string, string> => ({
  ...cautious,
  "Content-Type": "text/plain; charset=utf-8",
  "Content-Disposition": `attachment; filename="${name}"`,
});

export function json(statusCode: number, body: unknown, headers: Readonly<Record<string, string>> = {}): GatewayAnswer {
  return {
    statusCode,
    headers: { "Content-Type": "application/json; charset=utf-8", ...cautious, ...headers },
    body: JSON.stringify(body),
  };
}

/** What a route answered, as the gateway takes it. */
export function answered(answer: Answer, cors: Readonly<Record<string, string>>): GatewayAnswer {
  const { status, body, type, headers } = answer;
  if (type === undefined) return json(status, body, { ...headers, ...cors });
  return {
    statusCode: status,
    headers: { ...ownPagesOnly, "Content-Type": type, ...headers, ...cors },
    body: String(body),
  };
}

/** Whatever was thrown, as the contract words it: a refusal as it is, anything else logged with its stack and answered without internals. */
export function refusal(error: unknown, requestId: string, logger: Logger): GatewayAnswer {
  const refused = error instanceof ApiError ? error : new ApiError("internal_error");
  if (refused !== error)
    logger.error("The request failed", { error: error instanceof Error ? error : new Error(String(error)) });
  return json(refused.status, errorBody(refused, requestId), refused.headers);
}

/** What a browser of another, allowed origin is sent. Nothing for all others. */
export function corsHeaders(
  headers: Readonly<Record<string, string>>,
  allowed: readonly string[],
): Record<string, string> {
  const origin = headers.origin;
  if (origin === undefined || !allowed.includes(origin)) return {};
  return {
    "Access-Control-Allow-Origin": origin,
    "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, X-Slipway-CSRF",
    "Access-Control-Expose-Headers": "Retry-After",
    "Access-Control-Max-Age": "600",
    Vary: "Origin",
  };
}
