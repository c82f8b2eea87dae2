import * as z from "zod";
import type { Resource, ResourceProvider } from "../../kernel/part.ts";
import type { Authorizer } from "./authorizer.ts";
import type { CustomResponse } from "./gateway-responses.ts";
import { functionOfUri, idOf } from "./names.ts";

export interface RestMethod {
  readonly functionArn: string;
  readonly streaming: boolean;
  readonly authorizerId: string | null;
  readonly timeoutMs: number;
}

export interface RestResource {
  readonly id: string;
  readonly parentId: string;
  /** `apps`, `{id}`, `{proxy+}`. */
  readonly pathPart: string;
}

export interface RestApi {
  readonly id: string;
  readonly rootId: string;
  readonly binaryMediaTypes: readonly string[];
  readonly stages: Set<string>;
  readonly resources: Map<string, RestResource>;
  /** By resource id, then by HTTP method or `ANY`. */
  readonly methods: Map<string, Map<string, RestMethod>>;
  readonly authorizers: Map<string, Authorizer>;
  readonly responses: Map<string, CustomResponse>;
}

const Api = z.object({ BinaryMediaTypes: z.array(z.string()).default([]) });
const Part = z.object({ RestApiId: z.string(), ParentId: z.string(), PathPart: z.string() });
const Method = z.object({
  RestApiId: z.string(),
  ResourceId: z.string(),
  HttpMethod: z.string(),
  AuthorizationType: z.enum(["NONE", "CUSTOM"]),
  AuthorizerId: z.string().optional(),
  Integration: z.object({
    Type: z.literal("AWS_PROXY"),
    Uri: z.string(),
    ResponseTransferMode: z.enum(["BUFFERED", "STREAM"]).default("BUFFERED"),
    TimeoutInMillis: z.coerce.number().default(29_000),
  }),
});
const AuthorizerProperties = z.object({
  RestApiId: z.string(),
  Type: z.literal("REQUEST"),
  AuthorizerUri: z.string(),
  IdentitySource: z.string().default(""),
});
const GatewayResponse = z.object({
  RestApiId: z.string(),
  ResponseType: z.string(),
  StatusCode: z.coerce.number().optional(),
  ResponseTemplates: z.record(z.string(), z.string()).default({}),
  ResponseParameters: z.record(z.string(), z.string()).default({}),
});
const Stage = z.object({ RestApiId: z.string(), StageName: z.string() });

function methodOf(properties: z.infer<typeof Method>): RestMethod {
  const { Integration, AuthorizerId } = properties;
  return {
    functionArn: functionOfUri(Integration.Uri),
    streaming: Integration.ResponseTransferMode === "STREAM",
    authorizerId: properties.AuthorizationType === "CUSTOM" ? (AuthorizerId ?? null) : null,
    timeoutMs: Integration.TimeoutInMillis,
  };
}

function newApi(resource: Resource): RestApi {
  const id = idOf(resource.logicalId);
  return {
    id,
    rootId: idOf(`${resource.logicalId}/`),
    binaryMediaTypes: Api.parse(resource.properties).BinaryMediaTypes,
    stages: new Set(),
    resources: new Map(),
    methods: new Map(),
    authorizers: new Map(),
    responses: new Map(),
  };
}

/** The REST APIs of the template, and the providers that build them up. A resource of an API that is not there is an error of the template. */
export function createRestApis(): { apis: ReadonlyMap<string, RestApi>; providers: ResourceProvider[] } {
  const apis = new Map<string, RestApi>();
  const apiOf = (id: string): RestApi => {
    const api = apis.get(id);
    if (api === undefined) throw new Error(`The template has no REST API ${id}.`);
    return api;
  };
  /** A resource whose properties `schema` reads; `add` puts it into its API under `id`. */
  const member = <T extends { RestApiId: string }>(
    type: string,
    schema: z.ZodType<T>,
    add: (api: RestApi, properties: T, id: string) => void,
    attribute?: string,
  ): ResourceProvider => ({
    type: `AWS::ApiGateway::${type}`,
    ensure: (resource) => {
      const properties = schema.parse(resource.properties);
      const id = idOf(resource.logicalId);
      add(apiOf(properties.RestApiId), properties, id);
      return { ref: id, attributes: attribute === undefined ? {} : { [attribute]: id } };
    },
  });
  const providers: ResourceProvider[] = [
    {
      type: "AWS::ApiGateway::RestApi",
      ensure: (resource) => {
        const api = newApi(resource);
        apis.set(api.id, api);
        return { ref: api.id, attributes: { RestApiId: api.id, RootResourceId: api.rootId } };
      },
    },
    member(
      "Resource",
      Part,
      (api, { ParentId, PathPart }, id) => api.resources.set(id, { id, parentId: ParentId, pathPart: PathPart }),
      "ResourceId",
    ),
    member("Method", Method, (api, properties) => {
      const methods = api.methods.get(properties.ResourceId) ?? new Map<string, RestMethod>();
      api.methods.set(properties.ResourceId, methods.set(properties.HttpMethod, methodOf(properties)));
    }),
    member(
      "Authorizer",
      AuthorizerProperties,
      (api, { AuthorizerUri, IdentitySource }, id) => {
        const identitySources = IdentitySource.split(",")
          .map((source) => source.trim())
          .filter((source) => source !== "");
        api.authorizers.set(id, { functionArn: functionOfUri(AuthorizerUri), identitySources });
      },
      "AuthorizerId",
    ),
    member(
      "GatewayResponse",
      GatewayResponse,
      (api, properties) =>
        api.responses.set(properties.ResponseType, {
          status: properties.StatusCode,
          templates: properties.ResponseTemplates,
          parameters: properties.ResponseParameters,
        }),
      "Id",
    ),
    member("Deployment", z.object({ RestApiId: z.string() }), () => undefined, "DeploymentId"),
    {
      type: "AWS::ApiGateway::Stage",
      ensure: (resource) => {
        const { RestApiId, StageName } = Stage.parse(resource.properties);
        apiOf(RestApiId).stages.add(StageName);
        return { ref: StageName };
      },
    },
    // What it sets concerns CloudWatch only.
    { type: "AWS::ApiGateway::Account", ensure: (resource) => ({ ref: idOf(resource.logicalId) }) },
  ];
  return { apis, providers };
}
