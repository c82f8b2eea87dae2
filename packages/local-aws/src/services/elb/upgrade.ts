import { type ClientRequest, type IncomingMessage, type RequestOptions, request, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { isWellFormed, requestHeaders } from "./headers.ts";
import type { Route } from "./proxy.ts";

/** Ends a handshake on a bare socket with a status and nothing else. */
export function refuseUpgrade(socket: Duplex, status: number): void {
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`;
  socket.end(head);
}

function writeHead(socket: Duplex, reply: IncomingMessage): void {
  const lines: string[] = [`HTTP/1.1 ${reply.statusCode} ${reply.statusMessage}`];
  const raw = reply.rawHeaders;
  for (let index = 0; index + 1 < raw.length; index += 2) lines.push(`${raw[index]}: ${raw[index + 1]}`);
  socket.write(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

/** Both directions until either ends. */
function join(one: Duplex, other: Duplex): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.pipe(to);
    from.once("error", () => to.destroy());
    from.once("close", () => to.destroy());
  }
}

/** Node takes in what it refuses to send, such as two `Host` headers. */
function requestOr(asked: RequestOptions, refused: () => void): ClientRequest | undefined {
  try {
    return request(asked);
  } catch {
    refused();
    return undefined;
  }
}

/** Hands a connection that wants another protocol (WebSocket) to a target, for as long as either side keeps it. */
export function proxyUpgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer, route: Route): void {
  const target = route.pick();
  socket.on("error", () => socket.destroy());
  if (target === undefined) {
    refuseUpgrade(socket, 503);
    return;
  }
  route.counting.asked();
  const headers = {
    ...requestHeaders(incoming, route.listenerPort, route.protocol),
    connection: "upgrade",
    upgrade: incoming.headers.upgrade,
  };
  const { host, port } = target;
  const asked = { host, port, method: incoming.method, path: incoming.url, headers, agent: false, setHost: false };
  const outgoing = requestOr(asked, () => refuseUpgrade(socket, 400));
  if (outgoing === undefined) return;
  const over = target.use(() => {
    outgoing.destroy();
    socket.destroy();
  });
  socket.once("close", () => {
    over();
    outgoing.destroy();
  });
  outgoing.setTimeout(route.idleMs, () => outgoing.destroy(new Error("idle")));
  let begun = false;
  let connected = false;
  outgoing.once("socket", (socket) =>
    socket.once("connect", () => {
      connected = true;
    }),
  );
  outgoing.once("error", () => {
    if (!connected) route.counting.unreachable();
    if (begun) socket.destroy();
    else refuseUpgrade(socket, 502);
  });
  outgoing.once("upgrade", (reply, upstream, first) => {
    upstream.setTimeout(0);
    writeHead(socket, reply);
    if (first.length > 0) socket.write(first);
    if (head.length > 0) upstream.write(head);
    join(socket, upstream);
  });
  outgoing.once("response", (reply) => {
    begun = true;
    // An answer that breaks off must not look complete.
    reply.once("error", () => socket.destroy());
    // Refused by the app: its answer is passed on as it stands, and the connection ends with it.
    if (!isWellFormed(reply)) {
      refuseUpgrade(socket, 502);
      outgoing.destroy();
    } else if (reply.headers["transfer-encoding"] !== undefined) {
      refuseUpgrade(socket, reply.statusCode ?? 502);
    } else {
      writeHead(socket, reply);
      reply.pipe(socket);
    }
  });
  outgoing.end();
}
