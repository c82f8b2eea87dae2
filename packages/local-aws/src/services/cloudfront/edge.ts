import type { LocalContext } from "../../kernel/part.ts";
import type { GatewayRequest, GatewayResponse } from "../apigateway/message.ts";
import type { DistributionSettings } from "./configuration.ts";
import {
  headersAfter,
  queryOf,
  responseBodyOf,
  responseHeadersOf,
  toEdgeRequest,
  toEdgeResponse,
} from "./edge-events.ts";
import { type EdgeFunction, type EdgeOutcome, EdgeRequest, EdgeResponse } from "./edge-function.ts";

/** What a viewer-request function made of a request. */
type AtViewerRequest =
  | { readonly response: GatewayResponse }
  | { readonly request: GatewayRequest; readonly originId: string | undefined };

/** Runs the functions that are associated with a distribution. Both throw what the function throws, or if its answer cannot be read. */
export interface Edge {
  viewerRequest(arn: string, request: GatewayRequest): AtViewerRequest;
  viewerResponse(arn: string, request: GatewayRequest, response: GatewayResponse): GatewayResponse;
}

const seenBy = ({ method, path, query, headers }: GatewayRequest): EdgeRequest =>
  toEdgeRequest(method, path, query, headers);

export function createEdge(
  context: LocalContext,
  settings: DistributionSettings,
  functions: ReadonlyMap<string, EdgeFunction>,
): Edge {
  const run = (arn: string, eventType: string, ip: string, event: object): EdgeOutcome => {
    const edge = functions.get(arn);
    if (edge === undefined) throw new Error(`The template has no function ${arn}.`);
    const meta = {
      distributionDomainName: settings.domainName,
      distributionId: settings.id,
      eventType,
      requestId: context.randomHex(32),
    };
    const outcome = edge({ version: "1.0", context: meta, viewer: { ip }, ...event });
    for (const line of outcome.lines) context.log("cloudfront", { level: "INFO", message: line, function: arn });
    return outcome;
  };
  return {
    viewerRequest: (arn, request) => {
      const { result, originId } = run(arn, "viewer-request", request.sourceIp, { request: seenBy(request) });
      const answered = EdgeResponse.safeParse(result);
      if (answered.success) {
        const { data } = answered;
        return { response: { status: data.statusCode, headers: responseHeadersOf(data), body: responseBodyOf(data) } };
      }
      const changed = EdgeRequest.parse(result);
      const headers = headersAfter(changed, request.headers);
      return { originId, request: { ...request, path: changed.uri, query: queryOf(changed), headers } };
    },
    viewerResponse: (arn, request, response) => {
      const event = { request: seenBy(request), response: toEdgeResponse(response.status, response.headers) };
      const changed = EdgeResponse.parse(run(arn, "viewer-response", request.sourceIp, event).result);
      return { status: changed.statusCode, headers: responseHeadersOf(changed), body: response.body };
    },
  };
}
