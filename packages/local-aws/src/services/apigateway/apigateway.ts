import type { FunctionInvoker, LocalContext, LocalPart } from "../../kernel/part.ts";
import { CONNECTION_LIMITS, type ConnectionLimits } from "./connection.ts";
import { connectionsService } from "./connections.ts";
import type { FaultOf } from "./faults.ts";
import { openFront } from "./front.ts";
import { createRestGateway, type RestGateway } from "./rest.ts";
import { createRestApis } from "./rest-apis.ts";
import { createWebSocketGateway, type WebSocketGateway } from "./web-socket.ts";
import { createWebSocketApis } from "./web-socket-apis.ts";

export interface ApiGatewayOptions {
  readonly invoker: FunctionInvoker;
  readonly limits?: Partial<ConnectionLimits>;
  readonly faultOf?: FaultOf | undefined;
}

export interface ApiGateway extends LocalPart {
  readonly rest: RestGateway;
  readonly webSocket: WebSocketGateway;
  /**
   * Replaces the addresses of the template's APIs in a finished value, such as an environment variable:
   * `https://<rest api>.execute-api…` and `wss://<web socket api>…` reach the API itself on the loopback address,
   * `https://<web socket api>…` is where the AWS endpoint serves its `@connections`. Bare domain names stay.
   */
  rewriteExecuteApi(value: string): string;
}

const ADDRESS = /(https|wss):\/\/([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com/g;

/** REST and WebSocket APIs of the template. Listens at once, so that the APIs' addresses are known while resources are made. */
export async function createApiGateway(context: LocalContext, options: ApiGatewayOptions): Promise<ApiGateway> {
  const restApis = createRestApis();
  const webSocketApis = createWebSocketApis(context.region);
  const rest = createRestGateway(context, options.invoker, restApis.apis);
  const limits = { ...CONNECTION_LIMITS, ...options.limits };
  const webSocket = createWebSocketGateway(context, options.invoker, webSocketApis.apis, limits);
  const front = await openFront(context, rest, webSocket);

  const rewrite = (whole: string, scheme: string, id: string): string => {
    if (rest.has(id) && scheme === "https") return `http://127.0.0.1:${front.port}/${id}`;
    if (!webSocket.has(id)) return whole;
    return scheme === "wss" ? `ws://127.0.0.1:${front.port}/${id}` : `${context.awsEndpoint}/_ws/${id}`;
  };
  return {
    rest,
    webSocket,
    rewriteExecuteApi: (value) => value.replaceAll(ADDRESS, rewrite),
    services: [connectionsService(context, webSocket, options.faultOf)],
    providers: [...restApis.providers, ...webSocketApis.providers],
    close: async () => {
      webSocket.close();
      await front.close();
    },
  };
}
