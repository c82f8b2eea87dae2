import type { LocalContext } from "../../kernel/part.ts";
import { uuid } from "../../kernel/uuid.ts";
import { type GatewayRequest, headerOf } from "./message.ts";
import { domainOf, requestTime } from "./names.ts";
import { headerParameters, orNull, queryParameters } from "./parameters.ts";
import type { RestApi } from "./rest-apis.ts";
import type { RestRoute } from "./rest-routes.ts";

/** A request with the stage taken off its path. */
export interface StagedRequest {
  readonly stage: string;
  /** Without the stage; at least `/`. */
  readonly path: string;
  readonly requestId: string;
  readonly epochMs: number;
  readonly request: GatewayRequest;
}

export function stageRequest(context: LocalContext, request: GatewayRequest): StagedRequest {
  const [, stage = "", path = "/"] = /^\/([^/]*)(\/.*)?$/.exec(request.path) ?? [];
  return { stage, path, requestId: uuid(context.randomHex), epochMs: context.clock.now(), request };
}

const IDENTITY = {
  accessKey: null,
  accountId: null,
  caller: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  user: null,
  userArn: null,
};

function requestContext(
  context: LocalContext,
  api: RestApi,
  staged: StagedRequest,
  route: RestRoute,
): Record<string, unknown> {
  const { request, stage, path } = staged;
  const domainName = domainOf(api.id, context.region);
  return {
    accountId: context.account,
    apiId: api.id,
    deploymentId: api.rootId.slice(0, 6),
    domainName,
    domainPrefix: api.id,
    extendedRequestId: staged.requestId,
    httpMethod: request.method,
    identity: { ...IDENTITY, sourceIp: request.sourceIp, userAgent: headerOf(request.headers, "user-agent") ?? null },
    path: `/${stage}${path}`,
    protocol: "HTTP/1.1",
    requestId: staged.requestId,
    requestTime: requestTime(staged.epochMs),
    requestTimeEpoch: staged.epochMs,
    resourceId: route.resourceId,
    resourcePath: route.resourcePath,
    stage,
  };
}

function common(context: LocalContext, api: RestApi, staged: StagedRequest, route: RestRoute) {
  const headers = headerParameters(staged.request.headers);
  const query = queryParameters(staged.request.query);
  return {
    resource: route.resourcePath,
    path: staged.path,
    httpMethod: staged.request.method,
    headers: headers.single,
    multiValueHeaders: headers.multi,
    queryStringParameters: query.single,
    multiValueQueryStringParameters: query.multi,
    pathParameters: route.pathParameters,
    requestContext: requestContext(context, api, staged, route),
  };
}

/** The event of a REQUEST authorizer, but for `type` and `methodArn`. */
export function authorizerEvent(
  context: LocalContext,
  api: RestApi,
  staged: StagedRequest,
  route: RestRoute,
): Record<string, unknown> {
  return { ...common(context, api, staged, route), stageVariables: {} };
}

function isBinary(api: RestApi, contentType: string): boolean {
  const type = contentType.split(";")[0]?.trim() ?? "";
  return api.binaryMediaTypes.some(
    (binary) => binary === "*/*" || binary === type || (binary.endsWith("/*") && type.startsWith(binary.slice(0, -1))),
  );
}

/** The event of a proxy integration: `APIGatewayProxyEvent`. */
export function proxyEvent(
  context: LocalContext,
  api: RestApi,
  staged: StagedRequest,
  route: RestRoute,
  authorizer: Readonly<Record<string, string>> | null,
): Record<string, unknown> {
  const event = common(context, api, staged, route);
  const body = staged.request.body ?? Buffer.alloc(0);
  const isBase64Encoded = body.length > 0 && isBinary(api, headerOf(staged.request.headers, "content-type") ?? "");
  return {
    ...event,
    queryStringParameters: orNull(event.queryStringParameters),
    multiValueQueryStringParameters: orNull(event.multiValueQueryStringParameters),
    pathParameters: orNull(event.pathParameters),
    stageVariables: null,
    requestContext: authorizer === null ? event.requestContext : { ...event.requestContext, authorizer },
    body: body.length === 0 ? null : body.toString(isBase64Encoded ? "base64" : "utf8"),
    isBase64Encoded,
  };
}

/** `arn:aws:execute-api:…:<api>/<stage>/GET/apps/1`. */
export function methodArn(context: LocalContext, api: RestApi, staged: StagedRequest): string {
  const { stage, path, request } = staged;
  return `arn:aws:execute-api:${context.region}:${context.account}:${api.id}/${stage}/${request.method}${path}`;
}

/** Whether an answer's base64 body is decoded: only if the API serves the first accepted type as binary. */
export function acceptsBinary(api: RestApi, request: GatewayRequest): boolean {
  return isBinary(api, headerOf(request.headers, "accept")?.split(",")[0] ?? "");
}
