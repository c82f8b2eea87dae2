import type { LocalContext } from "../../kernel/part.ts";
import type { GatewayRequest, GatewayResponse, HeaderList } from "../apigateway/message.ts";
import {
  behaviorFor,
  type CacheBehavior,
  type DistributionOrigin,
  type DistributionSettings,
} from "./configuration.ts";
import { createEdge } from "./edge.ts";
import type { EdgeFunction } from "./edge-function.ts";
import { fetchOrigin, type Origins } from "./origins.ts";
import { applyPolicy } from "./response-headers.ts";

/** Where a request goes, or what it is answered at the edge. */
type Routed =
  | {
      readonly kind: "origin";
      readonly origin: DistributionOrigin;
      readonly request: GatewayRequest;
      readonly behavior: CacheBehavior;
    }
  | { readonly kind: "answered"; readonly response: GatewayResponse };

/** A distribution of the template. */
export interface Distribution {
  /** Chooses the behaviour, runs its viewer-request function, chooses the origin. The path of `request` is the viewer's. */
  route(request: GatewayRequest): Routed;
  /** Asks the origin and makes its answer the viewer's. */
  answer(routed: Routed): Promise<GatewayResponse>;
}

function edgeError(status: number, title: string, by: string): GatewayResponse {
  const body = `<!DOCTYPE html><title>ERROR: The request could not be satisfied</title><h1>${status} ERROR</h1><p>${title}</p>`;
  return {
    status,
    headers: [
      ["content-type", "text/html"],
      ["x-cache", `${by} from cloudfront`],
    ],
    body: Buffer.from(body),
  };
}

const METHOD_REFUSED =
  "This distribution is not configured to allow the HTTP request method that was used for this request.";
const FUNCTION_FAILED =
  "The CloudFront function associated with the CloudFront distribution is invalid or could not run.";

/** CloudFront's own headers and the origin's, and the origin's name instead of the viewer's `Host`. */
function forOrigin(headers: HeaderList, origin: DistributionOrigin, sourceIp: string): HeaderList {
  const before = headers.filter(([name]) => name.toLowerCase() === "x-forwarded-for").map(([, value]) => value);
  const custom = origin.headers.map(([name]) => name.toLowerCase());
  const own = new Set(["host", "x-forwarded-for", "x-forwarded-proto", ...custom]);
  return [
    ...headers.filter(([name]) => !own.has(name.toLowerCase())),
    ["Host", origin.domainName],
    ["X-Forwarded-For", [...before, sourceIp].join(", ")],
    ["X-Forwarded-Proto", "http"],
    ...origin.headers,
  ];
}

/** What the distribution says instead of an origin's error. */
async function errorPage(
  settings: DistributionSettings,
  origins: Origins,
  response: GatewayResponse,
  request: GatewayRequest,
): Promise<GatewayResponse> {
  const page = settings.errorPages.get(response.status);
  if (page === undefined) return response;
  if (page.path === undefined) return { ...response, status: page.status };
  const origin = settings.origins.get(behaviorFor(settings, page.path).originId);
  if (origin === undefined) return response;
  const found = await fetchOrigin(origins, origin, { ...request, method: "GET", path: page.path });
  if (found.status !== 200) return response;
  if (!Buffer.isBuffer(response.body)) response.body.destroy();
  return { ...found, status: page.status };
}

export function createDistribution(
  context: LocalContext,
  settings: DistributionSettings,
  functions: ReadonlyMap<string, EdgeFunction>,
  origins: Origins,
): Distribution {
  const edge = createEdge(context, settings, functions);
  const failed = (error: unknown): GatewayResponse => {
    context.log("cloudfront", { level: "ERROR", message: String(error), distribution: settings.id });
    return edgeError(503, FUNCTION_FAILED, "FunctionExecutionError");
  };
  const toOrigin = (behavior: CacheBehavior, originId: string, request: GatewayRequest): Routed => {
    const origin = settings.origins.get(originId);
    if (origin === undefined) throw new Error(`The distribution has no origin ${originId}.`);
    const path =
      request.path === "/" && settings.defaultRootObject !== "" ? `/${settings.defaultRootObject}` : request.path;
    const headers = forOrigin(request.headers, origin, request.sourceIp);
    return { kind: "origin", origin, behavior, request: { ...request, path, headers } };
  };
  return {
    route: (request) => {
      const behavior = behaviorFor(settings, request.path);
      if (!behavior.allowedMethods.includes(request.method)) {
        return { kind: "answered", response: edgeError(403, METHOD_REFUSED, "Error") };
      }
      if (behavior.viewerRequest === undefined) return toOrigin(behavior, behavior.originId, request);
      try {
        const seen = edge.viewerRequest(behavior.viewerRequest, request);
        if ("response" in seen) return { kind: "answered", response: seen.response };
        return toOrigin(behavior, seen.originId ?? behavior.originId, seen.request);
      } catch (error) {
        return { kind: "answered", response: failed(error) };
      }
    },
    answer: async (routed) => {
      if (routed.kind === "answered") return routed.response;
      const { behavior, origin, request } = routed;
      const fetched = await errorPage(settings, origins, await fetchOrigin(origins, origin, request), request);
      const policy = behavior.headersPolicy;
      const response = policy === undefined ? fetched : { ...fetched, headers: applyPolicy(policy, fetched.headers) };
      // CloudFront runs no viewer-response function for an origin's errors.
      if (behavior.viewerResponse === undefined || response.status >= 400) return response;
      try {
        return edge.viewerResponse(behavior.viewerResponse, request, response);
      } catch (error) {
        return failed(error);
      }
    },
  };
}
