import {
  ApiGatewayManagementApiClient,
  type ApiGatewayManagementApiClientConfig,
  DeleteConnectionCommand,
  GoneException,
} from "@aws-sdk/client-apigatewaymanagementapi";
import type { Sockets } from "../../core/ports/sockets.ts";
import { connectionPoster } from "./connection-poster.ts";

/** A post takes milliseconds. Whoever waits longer for one holds up all other viewers. */
const longestMs = 2_000;

/**
 * Sockets behind API Gateway, by the callback URL of their stage. A call that was not answered as it should be, within
 * 2 s, throws, and was made once: the pump tries again, with a backoff that it keeps, where the SDK would hold up
 * everybody else.
 */
export function awsSockets(endpoint: string, client: ApiGatewayManagementApiClientConfig = {}): Sockets {
  const management = new ApiGatewayManagementApiClient({
    ...client,
    endpoint,
    requestHandler: { requestTimeout: longestMs, connectionTimeout: longestMs, throwOnRequestTimeout: true },
    maxAttempts: 1,
  });
  return {
    post: connectionPoster(management),
    close: async (connectionId) => {
      try {
        await management.send(new DeleteConnectionCommand({ ConnectionId: connectionId }));
      } catch (error) {
        if (!(error instanceof GoneException)) throw error;
      }
    },
  };
}
