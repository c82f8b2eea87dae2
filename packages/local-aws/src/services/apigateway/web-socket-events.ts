import type { LocalContext } from "../../kernel/part.ts";
import { uuid } from "../../kernel/uuid.ts";
import { type GatewayRequest, headerOf } from "./message.ts";
import { domainOf, requestTime } from "./names.ts";
import { headerParameters, orNull, queryParameters } from "./parameters.ts";

/** What stays the same over the life of a connection. */
export interface ConnectionIdentity {
  readonly connectionId: string;
  readonly apiId: string;
  readonly stage: string;
  readonly connectedAt: number;
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
  /** The authorizer's context; each event carries it. */
  readonly authorizer: Readonly<Record<string, string>> | null;
}

type EventType = "CONNECT" | "MESSAGE" | "DISCONNECT";

/** Sixteen characters that end in `=`, like AWS's own, and safe in a URL but for that. */
function newConnectionId(context: LocalContext): string {
  return `${Buffer.from(context.randomHex(22), "hex").toString("base64url")}=`;
}

export function newRequestId(context: LocalContext): string {
  return uuid(context.randomHex);
}

/** `requestContext` of each event of a connection. */
export function webSocketContext(
  context: LocalContext,
  identity: ConnectionIdentity,
  eventType: EventType,
  routeKey: string,
  requestId: string,
): Record<string, unknown> {
  const now = context.clock.now();
  return {
    routeKey,
    eventType,
    ...(eventType === "MESSAGE" ? { messageId: requestId } : {}),
    extendedRequestId: requestId,
    requestTime: requestTime(now),
    messageDirection: "IN",
    stage: identity.stage,
    connectedAt: identity.connectedAt,
    requestTimeEpoch: now,
    identity: { sourceIp: identity.sourceIp, userAgent: identity.userAgent ?? null },
    requestId,
    domainName: domainOf(identity.apiId, context.region),
    connectionId: identity.connectionId,
    apiId: identity.apiId,
    ...(identity.authorizer === null ? {} : { authorizer: identity.authorizer }),
  };
}

/** Headers and query of the handshake, as the authorizer and `$connect` get them. */
export function handshakeEvent(request: GatewayRequest): Record<string, unknown> {
  const headers = headerParameters(request.headers);
  const query = queryParameters(request.query);
  const hasQuery = orNull(query.single) !== null;
  return {
    headers: headers.single,
    multiValueHeaders: headers.multi,
    ...(hasQuery ? { queryStringParameters: query.single, multiValueQueryStringParameters: query.multi } : {}),
  };
}

/** What a connection starts as, before anybody was asked. */
export function identityOf(
  context: LocalContext,
  apiId: string,
  stage: string,
  request: GatewayRequest,
): ConnectionIdentity {
  return {
    connectionId: newConnectionId(context),
    apiId,
    stage,
    connectedAt: context.clock.now(),
    sourceIp: request.sourceIp,
    userAgent: headerOf(request.headers, "user-agent"),
    authorizer: null,
  };
}
