import * as z from "zod";
import { AwsError, type WireRequest, type WireResponse } from "../../kernel/service.ts";
import type { FauxqsEngine } from "./fauxqs-engine.ts";

const dialect = "application/x-amz-json-1.0";
const refusal = z.object({ __type: z.string(), message: z.string().default("") });

/** `SendMessage` of `X-Amz-Target: AmazonSQS.SendMessage`. */
export const operationName = ({ headers }: WireRequest): string =>
  (headers["x-amz-target"] ?? "").replace(/^AmazonSQS\./, "");

/** The input of a call as `schema` reads it; what it cannot read is an `InvalidParameterValue`, as SQS says. */
export function inputOf<T>(schema: z.ZodType<T>, body: Buffer): T {
  let json: unknown;
  try {
    json = JSON.parse(body.toString());
  } catch (cause) {
    throw Object.assign(new AwsError("SerializationException", "The request body is not valid JSON."), { cause });
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw new AwsError("InvalidParameterValue", z.prettifyError(result.error));
}

export function answer(output: unknown): WireResponse {
  return { status: 200, headers: { "content-type": dialect }, body: JSON.stringify(output) };
}

/** SQS names an error twice: as JSON has it, and for the SDKs in a header as the query protocol once had it. */
export function refuse({ code, message, status }: AwsError): WireResponse {
  return {
    status,
    headers: { "content-type": dialect, "x-amzn-query-error": `${code};${status < 500 ? "Sender" : "Receiver"}` },
    body: JSON.stringify({ __type: `com.amazonaws.sqs#${code}`, message }),
  };
}

/** One operation of fauxqs, its answer as it came. */
export function forwardSqs(fauxqs: FauxqsEngine, operation: string, body: Buffer | string): Promise<WireResponse> {
  const headers = { "content-type": dialect, "x-amz-target": `AmazonSQS.${operation}` };
  return fauxqs.forward({ method: "POST", path: "/", headers, body });
}

/** One operation of fauxqs for our own ends; an error it answers is thrown. */
export async function callSqs<T>(
  fauxqs: FauxqsEngine,
  operation: string,
  input: object,
  schema: z.ZodType<T>,
): Promise<T> {
  const { status, body } = await forwardSqs(fauxqs, operation, JSON.stringify(input));
  const output: unknown = JSON.parse(body.toString());
  if (status === 200) return schema.parse(output);
  const { __type, message } = refusal.parse(output);
  throw new AwsError(__type.replace(/^.*#/, ""), message, status);
}
