import { ResponseType, type RestApi } from "aws-cdk-lib/aws-apigateway";
import { ApiError, type ErrorCode, errorBody } from "../api/errors.ts";

interface GatewayAnswer {
  readonly type: ResponseType;
  readonly code: ErrorCode;
  /** Where it is not the code's own. */
  readonly status?: number;
  /** Where API Gateway knows more than the code's own sentence says. Constant: these templates cannot escape for JSON. */
  readonly sentence?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** As the functions say of theirs. */
const cautious = {
  "Cache-Control": "'no-store'",
  "Cross-Origin-Resource-Policy": "'same-origin'",
  "X-Content-Type-Options": "'nosniff'",
};

const retryAfter = (seconds: number) => ({ "Retry-After": `'${seconds}'` });

/** What API Gateway answers by itself, from the same table of errors as the functions' answers. */
const answers: readonly GatewayAnswer[] = [
  { type: ResponseType.UNAUTHORIZED, code: "unauthorized", headers: { "WWW-Authenticate": "'Bearer'" } },
  // The authorizer refuses by policy for this one reason; roles and apps are the functions' matter.
  { type: ResponseType.ACCESS_DENIED, code: "foreign_origin" },
  { type: ResponseType.MISSING_AUTHENTICATION_TOKEN, code: "not_found" },
  { type: ResponseType.RESOURCE_NOT_FOUND, code: "not_found" },
  { type: ResponseType.BAD_REQUEST_BODY, code: "malformed_json" },
  { type: ResponseType.BAD_REQUEST_PARAMETERS, code: "invalid_request" },
  {
    type: ResponseType.REQUEST_TOO_LARGE,
    code: "body_too_large",
    sentence: "The body is too large. Send less at once.",
  },
  { type: ResponseType.UNSUPPORTED_MEDIA_TYPE, code: "unsupported_media_type" },
  { type: ResponseType.THROTTLED, code: "too_many_requests", headers: retryAfter(1) },
  { type: ResponseType.QUOTA_EXCEEDED, code: "too_many_requests", headers: retryAfter(60) },
  { type: ResponseType.INTEGRATION_FAILURE, code: "internal_error", status: 502 },
  { type: ResponseType.INTEGRATION_TIMEOUT, code: "internal_error", status: 504 },
  { type: ResponseType.AUTHORIZER_FAILURE, code: "internal_error" },
  { type: ResponseType.AUTHORIZER_CONFIGURATION_ERROR, code: "internal_error" },
];

/** Whatever else it answers keeps the status that API Gateway chose. */
const remaining: readonly Omit<GatewayAnswer, "status">[] = [
  {
    type: ResponseType.DEFAULT_4XX,
    code: "invalid_request",
    sentence: "The request was refused. Check its address, headers and body.",
  },
  { type: ResponseType.DEFAULT_5XX, code: "internal_error" },
];

/** Makes API Gateway's own answers look like those of the functions. */
export function answerInOurShape(api: RestApi): void {
  for (const answer of answers) {
    add(api, answer, { statusCode: String(answer.status ?? new ApiError(answer.code).status) });
  }
  for (const answer of remaining) add(api, answer, {});
}

function add(api: RestApi, { type, code, sentence, headers }: GatewayAnswer, status: { statusCode?: string }): void {
  const error = new ApiError(code, sentence === undefined ? {} : { sentence });
  api.addGatewayResponse(type.responseType, {
    type,
    ...status,
    responseHeaders: { ...cautious, ...headers },
    templates: { "application/json": JSON.stringify(errorBody(error, "$context.requestId")) },
  });
}
