import { once } from "node:events";
import net from "node:net";
import { expect, test } from "@jest/globals";
import { onLoopback } from "../../../lib/local/fauxqs/loopback.ts";

async function listenEverywhere(): Promise<net.Server> {
  const server = net.createServer().listen({ port: 0, host: "0.0.0.0" });
  await once(server, "listening");
  return server;
}
const hostOf = (server: net.Server): unknown => server.address();

test("a server that wants all interfaces gets the loopback one, also when two start at once and end out of order", async () => {
  const plain = net.Server.prototype.listen;
  let release: () => void = () => undefined;
  const first = onLoopback(
    () =>
      new Promise<void>((resolve) => {
        release = resolve;
      }),
  );
  const second = onLoopback(async () => {
    release();
    await first;
    return listenEverywhere();
  });
  const server = await second;
  expect(hostOf(server)).toMatchObject({ address: "127.0.0.1" });
  server.close();
  const after = await listenEverywhere();
  expect(hostOf(after)).toMatchObject({ address: "0.0.0.0" });
  after.close();
  net.Server.prototype.listen = plain;
});
