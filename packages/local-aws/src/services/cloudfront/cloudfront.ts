import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { LocalContext, LocalPart, ResourceProvider } from "../../kernel/part.ts";
import {
  addressOf,
  type GatewayRequest,
  type GatewayResponse,
  headersOf,
  IncompleteRequest,
  jsonResponse,
  readBody,
  sendResponse,
} from "../apigateway/message.ts";
import { idOf } from "../apigateway/names.ts";
import { refuseUpgrade, type WebSocketGateway } from "../apigateway/web-socket.ts";
import { distributionSettings, FunctionProperties } from "./configuration.ts";
import { createDistribution, type Distribution } from "./distribution.ts";
import { compileEdgeFunction, type EdgeFunction } from "./edge-function.ts";
import type { Origins } from "./origins.ts";
import { type HeadersPolicy, headersPolicy } from "./response-headers.ts";

export interface CloudFrontOptions extends Origins {
  readonly webSocket: WebSocketGateway;
}

export interface CloudFront extends LocalPart {
  /** Answers a request on the public port. Never throws. */
  handle(req: IncomingMessage, res: ServerResponse): Promise<void>;
  /** Answers an upgrade request on the public port. Never throws. */
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
}

/** A request as the viewer sent it. */
function viewerRequest(req: IncomingMessage, body: Buffer | null): GatewayRequest {
  const [path = "/", query = ""] = (req.url ?? "/").split(/\?(.*)/s);
  const absolute = /^https?:\/\/[^/]*(\/.*)?$/i.exec(path);
  return {
    method: req.method ?? "GET",
    path: absolute === null ? path : (absolute[1] ?? "/"),
    query,
    headers: headersOf(req),
    sourceIp: addressOf(req),
    body,
  };
}

const NO_DISTRIBUTION = jsonResponse(503, { message: "The template has no distribution." });

function createProviders(
  context: LocalContext,
  options: CloudFrontOptions,
  made: (distribution: Distribution) => void,
): ResourceProvider[] {
  const functions = new Map<string, EdgeFunction>();
  const policies = new Map<string, HeadersPolicy>();
  const identified = (type: string, attribute = "Id"): ResourceProvider => ({
    type: `AWS::CloudFront::${type}`,
    ensure: ({ logicalId }) => ({ ref: idOf(logicalId), attributes: { [attribute]: idOf(logicalId) } }),
  });
  return [
    {
      type: "AWS::CloudFront::Function",
      ensure: (resource) => {
        const { Name, FunctionCode } = FunctionProperties.parse(resource.properties);
        const arn = `arn:aws:cloudfront::${context.account}:function/${Name}`;
        functions.set(arn, compileEdgeFunction(Name, FunctionCode));
        return { ref: arn, attributes: { FunctionARN: arn, "FunctionMetadata.FunctionARN": arn, Stage: "LIVE" } };
      },
    },
    {
      type: "AWS::CloudFront::ResponseHeadersPolicy",
      ensure: ({ logicalId, properties }) => {
        policies.set(idOf(logicalId), headersPolicy(properties));
        return { ref: idOf(logicalId), attributes: { Id: idOf(logicalId) } };
      },
    },
    {
      type: "AWS::CloudFront::Distribution",
      ensure: ({ logicalId, properties }) => {
        const settings = distributionSettings(`E${idOf(logicalId).toUpperCase()}`, properties, policies);
        made(createDistribution(context, settings, functions, options));
        return { ref: settings.id, attributes: { Id: settings.id, DomainName: settings.domainName } };
      },
    },
    identified("OriginAccessControl"),
    // Nothing is cached here, and all of the viewer's request but its Host goes to the origin.
    identified("CachePolicy"),
    identified("OriginRequestPolicy"),
  ];
}

/** The template's distribution, which decides where a request on the public port goes. */
export function createCloudFront(context: LocalContext, options: CloudFrontOptions): CloudFront {
  let distribution: Distribution | null = null;
  const failure = (req: IncomingMessage, error: unknown): GatewayResponse => {
    context.log("cloudfront", {
      level: "ERROR",
      message: String(error),
      method: req.method,
      url: req.url?.split("?")[0],
    });
    return jsonResponse(502, { message: "Bad gateway" }, [["x-cache", "Error from cloudfront"]]);
  };
  const respond = async (req: IncomingMessage): Promise<GatewayResponse | null> => {
    try {
      if (distribution === null) return NO_DISTRIBUTION;
      return await distribution.answer(distribution.route(viewerRequest(req, await readBody(req, context.clock))));
    } catch (error) {
      return error instanceof IncompleteRequest ? null : failure(req, error);
    }
  };
  const connect = async (req: IncomingMessage, socket: Duplex, head: Buffer): Promise<GatewayResponse | null> => {
    if (distribution === null) return NO_DISTRIBUTION;
    const routed = distribution.route(viewerRequest(req, Buffer.alloc(0)));
    if (routed.kind === "answered") return routed.response;
    const { origin, request } = routed;
    if (origin.target.kind !== "api" || !options.webSocket.has(origin.target.apiId)) return distribution.answer(routed);
    await options.webSocket.upgrade(
      origin.target.apiId,
      { ...request, path: origin.path + request.path },
      req,
      socket,
      head,
    );
    return null;
  };
  return {
    services: [],
    providers: createProviders(context, options, (made) => {
      distribution = made;
    }),
    handle: async (req, res) => {
      const response = await respond(req);
      if (response === null) res.destroy();
      else await sendResponse(req, res, response);
    },
    upgrade: async (req, socket, head) => {
      const broken = (): void => void socket.destroy();
      socket.on("error", broken);
      const response = await connect(req, socket, head).catch((error: unknown) => failure(req, error));
      if (response !== null) refuseUpgrade(socket, response);
    },
    close: async () => {
      distribution = null;
    },
  };
}
