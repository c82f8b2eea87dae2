import * as z from "zod";
import type { FunctionInvoker, LocalContext } from "../../kernel/part.ts";
import { authorize } from "./authorizer.ts";
import { withinTime } from "./integration.ts";
import type { GatewayRequest } from "./message.ts";
import type { WebSocketApi, WebSocketRoute } from "./web-socket-apis.ts";
import { type ConnectionIdentity, handshakeEvent, newRequestId, webSocketContext } from "./web-socket-events.ts";

/** How an upgrade request is answered. */
export type Handshake =
  | { readonly accepted: true; readonly identity: ConnectionIdentity; readonly protocol: string | undefined }
  | { readonly accepted: false; readonly status: number; readonly body: string };

/** What an integration may take; API Gateway's limit for WebSocket APIs. */
export const INTEGRATION_TIMEOUT_MS = 29_000;

const ConnectAnswer = z.object({
  statusCode: z.coerce.number().int(),
  headers: z.record(z.string(), z.coerce.string()).nullish(),
  body: z.string().nullish(),
});

const FORBIDDEN = [403, "Forbidden"] as const;
const REFUSALS = {
  unauthorized: [401, "Unauthorized"],
  denied: FORBIDDEN,
  failed: [500, "Internal server error"],
  misconfigured: [500, "Internal server error"],
} as const;

/** API Gateway's own words on a WebSocket API. */
export function gatewayMessage(message: string, connectionId: string, requestId: string): string {
  return JSON.stringify({ message, connectionId, requestId });
}

interface Asked {
  readonly context: LocalContext;
  readonly invoker: FunctionInvoker;
  readonly api: WebSocketApi;
  readonly request: GatewayRequest;
  readonly route: WebSocketRoute;
  readonly requestId: string;
  readonly refuse: (refusal: readonly [status: number, message: string]) => Handshake;
}

/** The connection with its authorizer's context, or a refusal. */
async function authorizeConnect(asked: Asked, identity: ConnectionIdentity): Promise<ConnectionIdentity | Handshake> {
  const { context, invoker, api, request, route, requestId, refuse } = asked;
  if (route.authorizerId === null) return identity;
  const authorizer = api.authorizers.get(route.authorizerId);
  if (authorizer === undefined) return refuse(REFUSALS.misconfigured);
  const arn = `arn:aws:execute-api:${context.region}:${context.account}:${api.id}/${identity.stage}/$connect`;
  const requestContext = webSocketContext(context, identity, "CONNECT", "$connect", requestId);
  const event = { ...handshakeEvent(request), stageVariables: {}, requestContext };
  const decision = await authorize(invoker, authorizer, request, event, arn);
  if (decision.kind !== "allowed") return refuse(REFUSALS[decision.kind]);
  return { ...identity, authorizer: decision.context };
}

async function integrateConnect(asked: Asked, identity: ConnectionIdentity): Promise<Handshake> {
  const { context, invoker, api, request, route, requestId, refuse } = asked;
  const functionArn = api.integrations.get(route.integrationId ?? "");
  if (functionArn === undefined) return { accepted: true, identity, protocol: undefined };
  const requestContext = webSocketContext(context, identity, "CONNECT", "$connect", requestId);
  const event = { ...handshakeEvent(request), requestContext, isBase64Encoded: false };
  const result = await withinTime(context.clock, INTEGRATION_TIMEOUT_MS, invoker.invoke(functionArn, event));
  if (result === "timed_out") return refuse([504, "Endpoint request timed out"]);
  const answer = result.ok ? ConnectAnswer.safeParse(result.payload).data : undefined;
  if (answer === undefined) return refuse([502, "Internal server error"]);
  const { statusCode, headers, body } = answer;
  if (statusCode < 200 || statusCode > 299) {
    const ownBody = api.responding.has(route.id) ? body : undefined;
    return ownBody == null ? refuse([statusCode, "Forbidden"]) : { accepted: false, status: statusCode, body: ownBody };
  }
  const protocol = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === "sec-websocket-protocol");
  return { accepted: true, identity, protocol: protocol?.[1] };
}

/** Asks the authorizer and the integration of `$connect`. Without such a route everybody is let in. */
export async function shakeHands(
  context: LocalContext,
  invoker: FunctionInvoker,
  api: WebSocketApi,
  request: GatewayRequest,
  identity: ConnectionIdentity,
): Promise<Handshake> {
  const route = api.routes.get("$connect");
  if (route === undefined) return { accepted: true, identity, protocol: undefined };
  const requestId = newRequestId(context);
  const refuse: Asked["refuse"] = ([status, message]) => ({
    accepted: false,
    status,
    body: gatewayMessage(message, identity.connectionId, requestId),
  });
  const asked = { context, invoker, api, request, route, requestId, refuse };
  const authorized = await authorizeConnect(asked, identity);
  return "accepted" in authorized ? authorized : integrateConnect(asked, authorized);
}
