import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { boundConnections } from "@slipway/local-aws/kernel/descriptors";
import { eventually } from "../../support/local-mode.ts";

const servers: Server[] = [];
const clients: Socket[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
  for (const server of servers.splice(0)) server.close();
});

async function listening(): Promise<Server> {
  const server = createServer().listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return server;
}

function open(server: Server): { readonly socket: Socket; isClosed: boolean } {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const client = { socket, isClosed: false };
  clients.push(socket);
  socket.on("error", () => socket.destroy());
  socket.once("close", () => {
    client.isClosed = true;
  });
  socket.resume();
  return client;
}

test("servers have so many connections together, and one that ends makes room for another", async () => {
  const hold = boundConnections(256 + 250);
  const [one, other] = [await listening(), await listening()];
  hold(one);
  hold(other);
  const asked = Array.from({ length: 120 }, (_, index) => open(index % 2 === 0 ? one : other));
  const closed = () => asked.filter((it) => it.isClosed).length;
  await eventually("those too many are closed", () =>
    asked.filter((it) => it.isClosed).length === 20 ? true : undefined,
  );
  expect(closed()).toBe(20);
  for (const { socket } of asked.filter((it) => !it.isClosed).slice(0, 5)) socket.destroy();
  await eventually("there is room again", async () => {
    const again = open(other);
    await once(again.socket, "connect");
    await new Promise((resume) => setTimeout(resume, 50));
    return again.isClosed ? undefined : true;
  });
});
