import { createHash } from "node:crypto";

/** Ten lower-case alphanumerics, as API Gateway's own ids, and the same at each start. */
export function idOf(logicalId: string): string {
  const digest = createHash("sha256").update(logicalId).digest("hex");
  return BigInt(`0x${digest}`).toString(36).slice(0, 10);
}

/** The ARN of the function in `arn:aws:apigateway:…:lambda:path/…/functions/<arn>/invocations`; throws for any other URI. */
export function functionOfUri(uri: string): string {
  const found = /\/functions\/(arn:[^/]+)\//.exec(uri)?.[1];
  if (found === undefined) throw new Error(`Only functions can be integrated in the local mode, not ${uri}`);
  return found;
}

/** The domain by which templates and origins refer to an API. */
export function domainOf(apiId: string, region: string): string {
  return `${apiId}.execute-api.${region}.amazonaws.com`;
}

/** `30/Dec/2026:23:59:59 +0000`, as `requestContext.requestTime` has it. */
export function requestTime(epochMs: number): string {
  const [, day, month, year, time] = new Date(epochMs).toUTCString().split(" ");
  return `${day}/${month}/${year}:${time} +0000`;
}
