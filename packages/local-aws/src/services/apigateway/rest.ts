import type { FunctionInvoker, LocalContext } from "../../kernel/part.ts";
import { type Authorization, authorize } from "./authorizer.ts";
import { type GatewayResponseType, gatewayResponse, type TemplateContext } from "./gateway-responses.ts";
import { type Integrated, integrateBuffered, integrateStreaming } from "./integration.ts";
import { type GatewayRequest, type GatewayResponse, headerOf, jsonResponse } from "./message.ts";
import type { RestApi } from "./rest-apis.ts";
import {
  acceptsBinary,
  authorizerEvent,
  methodArn,
  proxyEvent,
  type StagedRequest,
  stageRequest,
} from "./rest-event.ts";
import { findRoute, type RestRoute } from "./rest-routes.ts";

/** Answers requests to the template's REST APIs as API Gateway does. */
export interface RestGateway {
  has(apiId: string): boolean;
  /** `request.path` begins with the stage, as behind `https://<api>.execute-api…`. */
  handle(apiId: string, request: GatewayRequest): Promise<GatewayResponse>;
}

const FAILURES: Readonly<Record<Exclude<Integrated["kind"], "answered">, GatewayResponseType>> = {
  timed_out: "INTEGRATION_TIMEOUT",
  throttled: "API_CONFIGURATION_ERROR",
  too_large: "REQUEST_TOO_LARGE",
  failed: "DEFAULT_5XX",
};

const REFUSALS: Readonly<Record<Exclude<Authorization["kind"], "allowed">, GatewayResponseType>> = {
  unauthorized: "UNAUTHORIZED",
  denied: "ACCESS_DENIED",
  failed: "AUTHORIZER_FAILURE",
  misconfigured: "AUTHORIZER_CONFIGURATION_ERROR",
};

function templateContext(api: RestApi, staged: StagedRequest, route: RestRoute | undefined): TemplateContext {
  const { request, stage, path, requestId } = staged;
  return {
    apiId: api.id,
    extendedRequestId: requestId,
    httpMethod: request.method,
    "identity.sourceIp": request.sourceIp,
    "identity.userAgent": headerOf(request.headers, "user-agent") ?? "",
    path: `/${stage}${path}`,
    requestId,
    requestTimeEpoch: String(staged.epochMs),
    resourcePath: route?.resourcePath ?? "",
    stage,
  };
}

function withDefaults(response: GatewayResponse, requestId: string): GatewayResponse {
  const type =
    headerOf(response.headers, "content-type") === undefined ? [["content-type", "application/json"] as const] : [];
  return { ...response, headers: [...response.headers, ...type, ["x-amzn-requestid", requestId]] };
}

export function createRestGateway(
  context: LocalContext,
  invoker: FunctionInvoker,
  apis: ReadonlyMap<string, RestApi>,
): RestGateway {
  const integrate = (api: RestApi, staged: StagedRequest, route: RestRoute, event: unknown): Promise<Integrated> =>
    route.method.streaming
      ? integrateStreaming(context.clock, invoker, route.method, event)
      : integrateBuffered(context.clock, invoker, route.method, event, acceptsBinary(api, staged.request));

  const authorization = async (
    api: RestApi,
    staged: StagedRequest,
    route: RestRoute,
  ): Promise<Authorization | null> => {
    if (route.method.authorizerId === null) return null;
    const authorizer = api.authorizers.get(route.method.authorizerId);
    if (authorizer === undefined) return { kind: "misconfigured" };
    const event = authorizerEvent(context, api, staged, route);
    return authorize(invoker, authorizer, staged.request, event, methodArn(context, api, staged));
  };

  const answer = async (api: RestApi, staged: StagedRequest): Promise<GatewayResponse> => {
    const route = findRoute(api, staged.request.method, staged.path);
    const known = templateContext(api, staged, route);
    const refuse = (type: GatewayResponseType, authorizer: Readonly<Record<string, string>> = {}): GatewayResponse => {
      const named = Object.entries(authorizer).map(([key, value]) => [`authorizer.${key}`, value]);
      return gatewayResponse(type, api.responses, staged.request, { ...known, ...Object.fromEntries(named) });
    };
    if (route === undefined) return refuse("MISSING_AUTHENTICATION_TOKEN");
    if (staged.request.body === null) return refuse("REQUEST_TOO_LARGE");
    const decision = await authorization(api, staged, route);
    if (decision !== null && decision.kind !== "allowed") {
      return refuse(REFUSALS[decision.kind], decision.kind === "denied" ? decision.context : {});
    }
    const authorizer = decision?.context ?? null;
    const result = await integrate(api, staged, route, proxyEvent(context, api, staged, route, authorizer));
    if (result.kind !== "answered") return refuse(FAILURES[result.kind], authorizer ?? {});
    return withDefaults(result.response, staged.requestId);
  };

  return {
    has: (apiId) => apis.has(apiId),
    handle: async (apiId, request) => {
      const api = apis.get(apiId);
      const staged = stageRequest(context, request);
      if (api === undefined || !api.stages.has(staged.stage)) {
        return jsonResponse(403, { message: "Forbidden" }, [["x-amzn-errortype", "ForbiddenException"]]);
      }
      return answer(api, staged);
    },
  };
}
