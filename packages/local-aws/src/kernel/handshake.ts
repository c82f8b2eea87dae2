import type { IncomingMessage } from "node:http";

/**
 * Whether a request begins a WebSocket, the one protocol to which CloudFront and load balancers upgrade. For `shouldUpgradeCallback`
 * of Node's servers: any other offer (`h2c`, which Java's HTTP client makes with every request) may be ignored (RFC 9110, 7.8), and
 * the request is an ordinary one, body included.
 */
export const beginsWebSocket = ({ method, headers: { upgrade = "" } }: IncomingMessage): boolean =>
  method === "GET" && upgrade.split(",").some((protocol) => protocol.trim().toLowerCase() === "websocket");
