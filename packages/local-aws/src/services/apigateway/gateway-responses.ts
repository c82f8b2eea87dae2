import { type GatewayRequest, type GatewayResponse, type HeaderList, headerOf } from "./message.ts";

/** The types that the local mode answers, with API Gateway's own status, message and `x-amzn-ErrorType`. */
const TYPES = {
  ACCESS_DENIED: [403, "User is not authorized to access this resource", "AccessDeniedException"],
  API_CONFIGURATION_ERROR: [500, "Internal server error", "InternalServerErrorException"],
  AUTHORIZER_CONFIGURATION_ERROR: [500, null, "AuthorizerConfigurationException"],
  AUTHORIZER_FAILURE: [500, null, "AuthorizerConfigurationException"],
  DEFAULT_5XX: [502, "Internal server error", "InternalServerErrorException"],
  INTEGRATION_TIMEOUT: [504, "Endpoint request timed out", "InternalServerErrorException"],
  MISSING_AUTHENTICATION_TOKEN: [403, "Missing Authentication Token", "MissingAuthenticationTokenException"],
  INTEGRATION_FAILURE: [503, "Service Unavailable", "InternalServerErrorException"],
  REQUEST_TOO_LARGE: [413, "Request Too Long", "RequestTooLargeException"],
  UNAUTHORIZED: [401, "Unauthorized", "UnauthorizedException"],
} as const satisfies Record<string, readonly [number, string | null, string]>;

export type GatewayResponseType = keyof typeof TYPES;

/** A customised answer, from `AWS::ApiGateway::GatewayResponse`. */
export interface CustomResponse {
  readonly status: number | undefined;
  /** By content type. */
  readonly templates: Readonly<Record<string, string>>;
  /** `gatewayresponse.header.X` → `'literal'`, `context.…` or `method.request.header.…`. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** What `$context.…` means in a template, by its dotted name. */
export type TemplateContext = Readonly<Record<string, string>>;

const DEFAULT_TEMPLATE = '{"message":$context.error.messageString}';
const HEADER = "gatewayresponse.header.";

function render(template: string, context: TemplateContext): string {
  const variable = /\$\{?context((?:\.\w+)+)\}?/g;
  return template.replaceAll(variable, (_whole, name: string) => context[name.slice(1)] ?? "");
}

function parameterValue(source: string, request: GatewayRequest, context: TemplateContext): string | undefined {
  const literal = /^'(.*)'$/s.exec(source)?.[1];
  if (literal !== undefined) return literal;
  if (source.startsWith("context.")) return context[source.slice("context.".length)];
  const header = /^method\.request\.header\.(.+)$/.exec(source)?.[1];
  return header === undefined ? undefined : headerOf(request.headers, header);
}

function parameterHeaders(
  custom: CustomResponse | undefined,
  request: GatewayRequest,
  context: TemplateContext,
): HeaderList {
  return Object.entries(custom?.parameters ?? {}).flatMap(([name, source]) => {
    const value = name.startsWith(HEADER) ? parameterValue(source, request, context) : undefined;
    return value === undefined ? [] : [[name.slice(HEADER.length), value] as const];
  });
}

/** An answer that API Gateway gives by itself, as the API customised it; `DEFAULT_4XX` and `DEFAULT_5XX` stand in for types without one. */
export function gatewayResponse(
  type: GatewayResponseType,
  customised: ReadonlyMap<string, CustomResponse>,
  request: GatewayRequest,
  known: TemplateContext,
): GatewayResponse {
  const [status, message, errorType] = TYPES[type];
  const custom = customised.get(type) ?? customised.get(status < 500 ? "DEFAULT_4XX" : "DEFAULT_5XX");
  const context = {
    ...known,
    "error.message": message ?? "",
    "error.messageString": JSON.stringify(message),
    "error.responseType": type,
  };
  const [contentType, template] = Object.entries(custom?.templates ?? {})[0] ?? ["application/json", DEFAULT_TEMPLATE];
  return {
    status: custom?.status ?? status,
    headers: [
      ["content-type", contentType],
      ["x-amzn-errortype", errorType],
      ["x-amzn-requestid", known.requestId ?? ""],
      ...parameterHeaders(custom, request, context),
    ],
    body: Buffer.from(render(template, context)),
  };
}
