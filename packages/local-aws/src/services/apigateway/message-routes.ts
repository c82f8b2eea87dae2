import * as z from "zod";
import type { FunctionInvoker, LocalContext } from "../../kernel/part.ts";
import { gatewayMessage, INTEGRATION_TIMEOUT_MS } from "./handshake.ts";
import { withinTime } from "./integration.ts";
import { domainOf } from "./names.ts";
import type { WebSocketApi, WebSocketRoute } from "./web-socket-apis.ts";
import { type ConnectionIdentity, newRequestId, webSocketContext } from "./web-socket-events.ts";

/** Brings what happens on an open connection to the functions. */
export interface MessageRouter {
  /** What the client is answered, if anything. Never throws. */
  message(
    api: WebSocketApi,
    identity: ConnectionIdentity,
    data: Buffer,
    isBinary: boolean,
  ): Promise<string | undefined>;
  /** Never throws: `$disconnect` is best effort. */
  disconnected(api: WebSocketApi, identity: ConnectionIdentity, code: number, reason: string): Promise<void>;
}

const Body = z.record(z.string(), z.unknown());
const RouteAnswer = z.object({ body: z.string().nullish() });

/** The value of the selection key in a JSON object; `undefined` for anything else. */
function selected(api: WebSocketApi, text: string): string | undefined {
  try {
    const value = Body.safeParse(JSON.parse(text)).data?.[api.selectionKey];
    return typeof value === "string" ? value : undefined;
  } catch {
    // Not JSON: no route is named, and $default takes it.
    return undefined;
  }
}

const RESERVED = new Set(["$connect", "$disconnect"]);

function routeFor(
  api: WebSocketApi,
  data: Buffer,
  isBinary: boolean,
): [key: string, route: WebSocketRoute] | undefined {
  const key = isBinary ? undefined : selected(api, data.toString());
  const route = key === undefined || RESERVED.has(key) ? undefined : api.routes.get(key);
  if (key !== undefined && route !== undefined) return [key, route];
  const fallback = api.routes.get("$default");
  return fallback === undefined ? undefined : ["$default", fallback];
}

export function createMessageRouter(context: LocalContext, invoker: FunctionInvoker): MessageRouter {
  const message: MessageRouter["message"] = async (api, identity, data, isBinary) => {
    const requestId = newRequestId(context);
    const say = (text: string): string => gatewayMessage(text, identity.connectionId, requestId);
    const found = routeFor(api, data, isBinary);
    const functionArn = found && api.integrations.get(found[1].integrationId ?? "");
    if (found === undefined || functionArn === undefined) return say("Forbidden");
    const [routeKey, route] = found;
    const event = {
      requestContext: webSocketContext(context, identity, "MESSAGE", routeKey, requestId),
      body: data.toString(isBinary ? "base64" : "utf8"),
      isBase64Encoded: isBinary,
    };
    const result = await withinTime(context.clock, INTEGRATION_TIMEOUT_MS, invoker.invoke(functionArn, event));
    if (result === "timed_out") return say("Endpoint request timed out");
    if (!result.ok) return say("Internal server error");
    if (!api.responding.has(route.id)) return undefined;
    return RouteAnswer.safeParse(result.payload).data?.body ?? undefined;
  };

  const disconnected: MessageRouter["disconnected"] = async (api, identity, code, reason) => {
    const functionArn = api.integrations.get(api.routes.get("$disconnect")?.integrationId ?? "");
    if (functionArn === undefined) return;
    const requestContext = webSocketContext(context, identity, "DISCONNECT", "$disconnect", newRequestId(context));
    await invoker.invoke(functionArn, {
      headers: {
        Host: domainOf(identity.apiId, context.region),
        "x-api-key": "",
        "X-Forwarded-For": "",
        "x-restapi": "",
      },
      multiValueHeaders: {},
      requestContext: { ...requestContext, disconnectStatusCode: code, disconnectReason: reason },
      isBase64Encoded: false,
    });
  };
  return { message, disconnected };
}
