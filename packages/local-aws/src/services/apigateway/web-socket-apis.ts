import * as z from "zod";
import type { ResourceProvider } from "../../kernel/part.ts";
import type { Authorizer } from "./authorizer.ts";
import { domainOf, functionOfUri, idOf } from "./names.ts";

export interface WebSocketRoute {
  readonly id: string;
  readonly integrationId: string | null;
  readonly authorizerId: string | null;
}

export interface WebSocketApi {
  readonly id: string;
  /** The key of `$request.body.<key>`. */
  readonly selectionKey: string;
  readonly stages: Set<string>;
  /** By route key. */
  readonly routes: Map<string, WebSocketRoute>;
  /** Routes whose integration's `body` goes back to the client, by id. */
  readonly responding: Set<string>;
  /** The function's ARN by integration id. */
  readonly integrations: Map<string, string>;
  readonly authorizers: Map<string, Authorizer>;
}

const Api = z.object({ ProtocolType: z.literal("WEBSOCKET"), RouteSelectionExpression: z.string() });
const Route = z.object({
  ApiId: z.string(),
  RouteKey: z.string(),
  AuthorizationType: z.enum(["NONE", "CUSTOM"]).default("NONE"),
  AuthorizerId: z.string().optional(),
  Target: z.string().optional(),
});
const Integration = z.object({
  ApiId: z.string(),
  IntegrationType: z.literal("AWS_PROXY"),
  IntegrationUri: z.string(),
});
const AuthorizerProperties = z.object({
  ApiId: z.string(),
  AuthorizerType: z.literal("REQUEST"),
  AuthorizerUri: z.string(),
  IdentitySource: z.array(z.string()).default([]),
});
const RouteResponse = z.object({ ApiId: z.string(), RouteId: z.string() });
const Stage = z.object({ ApiId: z.string(), StageName: z.string() });
const OfApi = z.object({ ApiId: z.string() });

function selectionKey(expression: string): string {
  const key = /^\$(?:\{request\.body\.(\w+)\}|request\.body\.(\w+))$/.exec(expression);
  const found = key?.[1] ?? key?.[2];
  if (found === undefined) throw new Error(`The local mode selects routes by $request.body.<key>, not ${expression}`);
  return found;
}

function newApi(id: string, key: string): WebSocketApi {
  return {
    id,
    selectionKey: key,
    stages: new Set(),
    routes: new Map(),
    responding: new Set(),
    integrations: new Map(),
    authorizers: new Map(),
  };
}

/** The WebSocket APIs of the template, and the providers that build them up. */
export function createWebSocketApis(region: string): {
  apis: ReadonlyMap<string, WebSocketApi>;
  providers: ResourceProvider[];
} {
  const apis = new Map<string, WebSocketApi>();
  const member = <T extends { ApiId: string }>(
    type: string,
    schema: z.ZodType<T>,
    add: (api: WebSocketApi, properties: T, id: string) => void,
  ): ResourceProvider => ({
    type: `AWS::ApiGatewayV2::${type}`,
    ensure: (resource) => {
      const properties = schema.parse(resource.properties);
      const api = apis.get(properties.ApiId);
      if (api === undefined) throw new Error(`The template has no WebSocket API ${properties.ApiId}.`);
      const id = idOf(resource.logicalId);
      add(api, properties, id);
      return { ref: id };
    },
  });
  const providers: ResourceProvider[] = [
    {
      type: "AWS::ApiGatewayV2::Api",
      ensure: (resource) => {
        const id = idOf(resource.logicalId);
        const key = selectionKey(Api.parse(resource.properties).RouteSelectionExpression);
        apis.set(id, newApi(id, key));
        return { ref: id, attributes: { ApiId: id, ApiEndpoint: `wss://${domainOf(id, region)}` } };
      },
    },
    member("Route", Route, (api, properties, id) =>
      api.routes.set(properties.RouteKey, {
        id,
        integrationId: properties.Target?.replace(/^integrations\//, "") ?? null,
        authorizerId: properties.AuthorizationType === "CUSTOM" ? (properties.AuthorizerId ?? null) : null,
      }),
    ),
    member("Integration", Integration, (api, properties, id) =>
      api.integrations.set(id, functionOfUri(properties.IntegrationUri)),
    ),
    member("Authorizer", AuthorizerProperties, (api, properties, id) =>
      api.authorizers.set(id, {
        functionArn: functionOfUri(properties.AuthorizerUri),
        identitySources: properties.IdentitySource,
      }),
    ),
    member("RouteResponse", RouteResponse, (api, properties) => api.responding.add(properties.RouteId)),
    // Proxy integrations hand their answer on as it is.
    member("IntegrationResponse", OfApi, () => undefined),
    member("Deployment", OfApi, () => undefined),
    {
      type: "AWS::ApiGatewayV2::Stage",
      ensure: (resource) => {
        const { ApiId, StageName } = Stage.parse(resource.properties);
        const api = apis.get(ApiId);
        if (api === undefined) throw new Error(`The template has no WebSocket API ${ApiId}.`);
        api.stages.add(StageName);
        return { ref: StageName };
      },
    },
  ];
  return { apis, providers };
}
