import { once } from "node:events";
import { createServer, request } from "node:http";
import net from "node:net";
import { expect, test } from "@jest/globals";
import { type Unconnected, unconnected } from "@slipway/local-aws/services/s3-and-sqs/unconnected";
import { listeningAddresses } from "../../support/process-tree.ts";

async function listenEverywhere(answer: string): Promise<net.Server> {
  const server = createServer((_request, response) => void response.end(answer)).listen({ port: 0, host: "0.0.0.0" });
  await once(server, "listening");
  return server;
}

function ask(createConnection: Unconnected<unknown>["createConnection"]): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", createConnection }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on("end", () => resolve(body));
    });
    asked.on("error", reject);
    asked.end();
  });
}

const ports = () => listeningAddresses([process.pid]).length;

test("a server that opens a port by itself gets none, and answers this process", async () => {
  const before = ports();
  const { started, createConnection } = await unconnected(() => listenEverywhere("hello"));
  expect(ports()).toBe(before);
  expect(await ask(createConnection)).toBe("hello");
  started.close();
});

test("a connection that the server cuts fails the request instead of hanging", async () => {
  const { started, createConnection } = await unconnected(async () => {
    const server = createServer((asked) => void asked.socket.destroy()).listen({ port: 0, host: "0.0.0.0" });
    await once(server, "listening");
    return server;
  });
  await expect(ask(createConnection)).rejects.toThrow("socket hang up");
  started.close();
});

test("other servers listen as ever, also while two start and end out of order", async () => {
  const plain = net.Server.prototype.listen;
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const first = unconnected(async () => {
    await held;
    return listenEverywhere("first");
  });
  const second = unconnected(() => listenEverywhere("second"));
  const other = await listenEverywhere("other");
  expect(other.listening).toBe(true);
  const answers = [ask((await second).createConnection)];
  release();
  answers.push(ask((await first).createConnection));
  expect(await Promise.all(answers)).toEqual(["second", "first"]);
  expect(net.Server.prototype.listen).toBe(plain);
  other.close();
});
