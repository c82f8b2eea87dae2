import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ECRClient } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { readImageConfig } from "../../../lib/adapters/ecr/image-config.ts";

const config = { config: { ExposedPorts: { "8080/tcp": {} }, Env: ["A=b"] } };
const manifest = { schemaVersion: 2, config: { digest: `sha256:${"c".repeat(64)}` }, layers: [] };

/** ECR's API, and the layer store that its download addresses lead to: `layer` says how that answers each request. */
let server: Server;
let client: ECRClient;
let layer: (request: number) => { status: number; body: string } | "cut";
let requests: number;
let downloadUrl: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.method === "GET") {
      const answer = layer(++requests);
      if (answer === "cut") request.socket.destroy();
      else response.writeHead(answer.status).end(answer.body);
      return;
    }
    const isManifest = String(request.headers["x-amz-target"]).endsWith("BatchGetImage");
    const images = [{ imageManifest: JSON.stringify(manifest) }];
    response.setHeader("content-type", "application/x-amz-json-1.1");
    response.end(JSON.stringify(isManifest ? { images } : { downloadUrl }));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
});
afterAll(async () => {
  client.destroy();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});
beforeEach(() => {
  requests = 0;
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  downloadUrl = `${endpoint}/layer`;
  client = new ECRClient({ endpoint, region: "us-east-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } });
});

const read = () => readImageConfig(client, "app", `sha256:${"a".repeat(64)}`);
const whole = { status: 200, body: JSON.stringify(config) };

test("what an image says is read, though the layer store fails twice", async () => {
  layer = (request) => (["cut", { status: 503, body: "" }] as const)[request - 1] ?? whole;
  expect(await read()).toEqual({ exposed: ["8080/tcp"], env: ["A=b"], healthCheck: [] });
  expect(requests).toBe(3);
});

test("a layer store that refuses three times is not asked again, and nothing is known of the image", async () => {
  layer = () => ({ status: 403, body: "" });
  expect(await read()).toBeNull();
  expect(requests).toBe(3);
});

test("a layer store that cannot be reached leaves nothing known of the image", async () => {
  const closed = createServer();
  await new Promise<void>((done) => closed.listen(0, "127.0.0.1", done));
  downloadUrl = `http://127.0.0.1:${(closed.address() as AddressInfo).port}/layer`;
  await new Promise((done) => closed.close(done));
  expect(await read()).toBeNull();
  expect(requests).toBe(0);
});

test("an answer that is no configuration is not asked for again", async () => {
  layer = () => ({ status: 200, body: "<html>" });
  expect(await read()).toBeNull();
  expect(requests).toBe(1);
});
