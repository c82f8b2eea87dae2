import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { afterEach, expect, test } from "@jest/globals";
import { listenPublicly, type PublicFront } from "../../lib/local-mode/public-front.ts";

let front: PublicFront;
let client: Socket;

/** Asks for another protocol, and answers what comes back once there is something. */
async function handshake(upgrade: (socket: Duplex) => void): Promise<string> {
  front = await listenPublicly(0, "127.0.0.1");
  const never = () => {
    throw new Error("not asked for");
  };
  const controlPlane = { handle: never, upgrade: (_request: unknown, socket: Duplex) => upgrade(socket) };
  front.open({ controlPlane, app: { handle: never, upgrade: never } });
  client = connect({ port: front.port, host: "127.0.0.1", allowHalfOpen: true });
  client.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
  const [first] = await once(client, "data");
  return String(first);
}

afterEach(async () => {
  client.destroy();
  await front.close();
});

test("a refused handshake's connection is closed when the client closes its side, though nobody reads it", async () => {
  let taken: Duplex | undefined;
  const answer = await handshake((socket) => {
    taken = socket;
    socket.end("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n");
  });
  expect(answer).toContain("401");
  client.end();
  if (taken?.destroyed === false) await once(taken, "close");
  expect(taken?.destroyed).toBe(true);
});

test("closing the front ends sockets that were given away, read or not", async () => {
  const answer = await handshake((socket) => void socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n"));
  expect(answer).toContain("101");
  client.resume();
  const ended = once(client, "end");
  await front.close();
  await ended;
});

test("an offer of another protocol than WebSocket is an ordinary request, with its body", async () => {
  front = await listenPublicly(0, "127.0.0.1");
  const never = () => {
    throw new Error("not asked for");
  };
  const handle = async (incoming: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    response.end(`${incoming.method} ${Buffer.concat(chunks)}`);
  };
  front.open({ controlPlane: { handle, upgrade: never }, app: { handle: never, upgrade: never } });
  client = connect({ port: front.port, host: "127.0.0.1" });
  const offer = "Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n";
  client.write(`POST / HTTP/1.1\r\nHost: localhost\r\n${offer}Content-Length: 4\r\n\r\nbody`);
  let answer = "";
  client.on("data", (data) => (answer += String(data)));
  await once(client, "close");
  expect(answer).toMatch(/^HTTP\/1.1 200 /);
  expect(answer).toContain("POST body");
});
