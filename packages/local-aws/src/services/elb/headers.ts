import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";

/** They belong to one connection, not to the message (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade", "expect"]);

/** A message's headers without those of its connection, each as often as it came. */
function endToEnd(message: IncomingMessage): OutgoingHttpHeaders {
  const named = (message.headers.connection ?? "").toLowerCase().split(",");
  const ofConnection = new Set(named.map((name) => name.trim()));
  const kept = Object.entries(message.headersDistinct).flatMap(([name, values = []]) => {
    if (HOP_BY_HOP.has(name) || ofConnection.has(name)) return [];
    return [[name, values.length === 1 ? values[0] : values] as const];
  });
  return Object.fromEntries(kept);
}

/** What the target gets. `transfer-encoding` stays: it makes Node frame a body without a length. */
export function requestHeaders(
  message: IncomingMessage,
  listenerPort: number,
  protocol: "http" | "https",
): OutgoingHttpHeaders {
  const came = message.headers["x-forwarded-for"];
  const peer = message.socket.remoteAddress ?? "";
  return {
    ...endToEnd(message),
    "x-forwarded-for": came === undefined ? peer : `${came}, ${peer}`,
    "x-forwarded-proto": protocol,
    "x-forwarded-port": String(listenerPort),
  };
}

/** What the client gets; how the body is framed is for its own connection to say. */
export function responseHeaders(message: IncomingMessage): OutgoingHttpHeaders {
  const { "transfer-encoding": _framing, ...headers } = endToEnd(message);
  return headers;
}

export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

/** Beyond these Node throws when the answer is passed on: an app may send whatever it likes, and nobody would catch that. */
const MALFORMED_REASON = /[^\t\x20-\x7e\x80-\xff]/;

/** Whether what a target sent can be passed on as an answer. For anything else the load balancer answers 502. */
export const isWellFormed = ({ statusCode = 0, statusMessage = "" }: IncomingMessage): boolean =>
  statusCode >= 200 && !MALFORMED_REASON.test(statusMessage);
