import { AwsError } from "../kernel/service.ts";
import type { Protocol } from "./protocol.ts";

/** The SDK of a service that once spoke the query protocol (SQS) asks for the old error code beside the new one. */
function queryError(error: AwsError, mode: string | undefined): Record<string, string> {
  return mode === "true" ? { "x-amzn-query-error": `${error.code};${error.status < 500 ? "Sender" : "Receiver"}` } : {};
}

/** AWS JSON 1.0 and 1.1: `X-Amz-Target: Prefix.Operation`, a JSON body, errors named by `__type`. */
export const json: Protocol = {
  operation: ({ headers }) => {
    const target = headers["x-amz-target"] ?? "";
    return target.slice(target.lastIndexOf(".") + 1);
  },
  input: ({ body }) => {
    if (body.length === 0) return {};
    try {
      return JSON.parse(body.toString("utf8"));
    } catch (cause) {
      throw Object.assign(new AwsError("SerializationException", "The request body is not valid JSON."), { cause });
    }
  },
  answer: (_operation, output, dialect, requestId) => ({
    status: 200,
    headers: { "content-type": dialect, "x-amzn-requestid": requestId },
    body: JSON.stringify(output ?? {}),
  }),
  fail: (error, request, dialect, requestId) => ({
    status: error.status,
    headers: {
      "content-type": dialect,
      "x-amzn-requestid": requestId,
      "x-amzn-errortype": error.code,
      ...queryError(error, request.headers["x-amzn-query-mode"]),
    },
    body: JSON.stringify({ ...error.details, __type: error.code, message: error.message }),
  }),
};
