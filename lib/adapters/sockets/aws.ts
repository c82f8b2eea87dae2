import {
  type ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import type { Sockets } from "../../ports/connections.ts";

/** Sockets behind API Gateway. */
export function awsSockets(client: ApiGatewayManagementApiClient): Sockets {
  return {
    post: async (connectionId, text) => {
      try {
        await client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: text }));
        return "sent";
      } catch (error) {
        if (error instanceof GoneException) return "gone";
        throw error;
      }
    },
    close: async (connectionId) => {
      try {
        await client.send(new DeleteConnectionCommand({ ConnectionId: connectionId }));
      } catch (error) {
        if (!(error instanceof GoneException)) throw error;
      }
    },
  };
}
