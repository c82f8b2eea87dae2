import { createServer, type Server } from "node:http";
import { type AddressInfo, connect as connectTcp } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { FunctionInvoker, InvocationResult } from "@slipway/local-aws/kernel/part";
import type { ApiGateway } from "@slipway/local-aws/services/apigateway/apigateway";
import { createApiGateway } from "@slipway/local-aws/services/apigateway/apigateway";
import { type CloudFront, createCloudFront } from "@slipway/local-aws/services/cloudfront/cloudfront";
import WebSocket from "ws";
import { type LocalAws, startLocalAws } from "../support/local-aws.ts";
import { waitFor } from "../support/wait.ts";

const CHOOSE = `import cf from "cloudfront";
  function handler(event) {
    var request = event.request;
    request.headers["x-viewer-host"] = { value: request.headers.host.value };
    if (request.headers["sec-websocket-key"]) request.uri = "/live";
    else cf.selectRequestOriginById("rest");
    return request;
  }`;

const EDGE = `async function handler(event) {
  const { request } = event;
  await null;
  switch (request.uri) {
    case "/edge/answer": return { statusCode: 302, headers: { location: { value: "/there" } }, cookies: { seen: { value: "1", attributes: "Path=/" } } };
    case "/edge/body": return { statusCode: 418, body: { encoding: "base64", data: "dGVh" } };
    case "/edge/loop": for (;;);
    case "/edge/throw": throw new Error("secret");
    case "/edge/nothing": return;
    case "/edge/escape": {
      let found = "nothing";
      try { found = globalThis.constructor.constructor("return typeof process")(); } catch (error) { found = error.name; }
      return { statusCode: 200, body: [typeof process, typeof require, found].join() };
    }
    case "/edge/log": console.log("seen", event.viewer.ip); break;
  }
  request.headers["x-set"] = { value: "by the edge" };
  request.querystring.added = { value: "1" };
  delete request.querystring.secret;
  delete request.cookies.hidden;
  request.uri = "/api" + request.uri;
  return request;
}`;

const LATER = `function handler(event) {
  event.response.headers["x-later"] = { value: event.request.method };
  return event.response;
}`;

const DEEP_LINKS = `function handler(event) {
  var request = event.request;
  if (request.uri.endsWith("/deep")) request.uri = "/index.html";
  return request;
}`;

let aws: LocalAws;
let gateway: ApiGateway;
let front: CloudFront;
let server: Server;
let base: string;
let seen: { name: string; event: Record<string, unknown> }[];

const files: Readonly<Record<string, string>> = {
  "index.html": "<title>home</title>",
  "assets/a b.js": "1",
  "lost.html": "lost",
};

const invoker: FunctionInvoker = {
  invoke: async (nameOrArn, payload): Promise<InvocationResult> => {
    const event = payload as Record<string, unknown>;
    seen.push({ name: nameOrArn.split(":").at(-1) ?? "", event });
    if (nameOrArn.endsWith("socket"))
      return { ok: true, payload: { statusCode: 200, body: `echo ${String(event.body)}` } };
    return {
      ok: true,
      payload: { statusCode: 200, headers: { "x-frame-options": "own", "x-keep": "own" }, body: JSON.stringify(event) },
    };
  },
  invokeStreaming: async () => ({ ok: false, errorType: "Error", errorMessage: "none" }),
  roleOf: () => "role",
};

const uri = (name: string): string =>
  `arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:${name}/invocations`;
const make = async (type: string, logicalId: string, properties: Record<string, unknown>): Promise<string> =>
  (await aws.ensure(`AWS::${type}`, logicalId, properties)).ref;

async function makeApis(): Promise<{ rest: string; socket: string }> {
  const api = await aws.ensure("AWS::ApiGateway::RestApi", "Api", {});
  const RestApiId = api.ref;
  const ParentId = api.attributes?.RootResourceId ?? "";
  const ResourceId = await make("ApiGateway::Resource", "Proxy", { RestApiId, ParentId, PathPart: "{proxy+}" });
  const Integration = { Type: "AWS_PROXY", Uri: uri("rest") };
  await make("ApiGateway::Method", "Any", {
    RestApiId,
    ResourceId,
    HttpMethod: "ANY",
    AuthorizationType: "NONE",
    Integration,
  });
  await make("ApiGateway::Stage", "Stage", { RestApiId, StageName: "prod" });
  const ApiId = await make("ApiGatewayV2::Api", "Ws", {
    ProtocolType: "WEBSOCKET",
    RouteSelectionExpression: "$request.body.action",
  });
  const id = await make("ApiGatewayV2::Integration", "I", {
    ApiId,
    IntegrationType: "AWS_PROXY",
    IntegrationUri: uri("socket"),
  });
  for (const RouteKey of ["$connect", "$default"]) {
    const RouteId = await make("ApiGatewayV2::Route", RouteKey, { ApiId, RouteKey, Target: `integrations/${id}` });
    await make("ApiGatewayV2::RouteResponse", `${RouteKey}R`, { ApiId, RouteId, RouteResponseKey: "$default" });
  }
  await make("ApiGatewayV2::Stage", "Live", { ApiId, StageName: "live" });
  return { rest: RestApiId, socket: ApiId };
}

async function makeDistribution(): Promise<void> {
  const { rest, socket } = await makeApis();
  const edge = (Name: string, FunctionCode: string) =>
    make("CloudFront::Function", Name, { Name, FunctionCode, AutoPublish: true });
  const request = (FunctionARN: string) => ({ EventType: "viewer-request", FunctionARN });
  const choose = await edge("choose", CHOOSE);
  const change = await edge("change", EDGE);
  const later = await edge("later", LATER);
  const deepLinks = await edge("deepLinks", DEEP_LINKS);
  const policy = await make("CloudFront::ResponseHeadersPolicy", "Headers", {
    ResponseHeadersPolicyConfig: {
      Name: "headers",
      SecurityHeadersConfig: {
        ContentTypeOptions: { Override: true },
        FrameOptions: { FrameOption: "DENY", Override: true },
        StrictTransportSecurity: { AccessControlMaxAgeSec: 60, IncludeSubdomains: false, Override: true },
        ContentSecurityPolicy: { ContentSecurityPolicy: "default-src 'self'", Override: true },
      },
      CustomHeadersConfig: { Items: [{ Header: "x-keep", Override: false, Value: "policy" }] },
      RemoveHeadersConfig: { Items: [{ Header: "x-amzn-RequestId" }] },
    },
  });
  const all = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"];
  const api = { AllowedMethods: all, TargetOriginId: "rest", ViewerProtocolPolicy: "https-only" };
  await make("CloudFront::Distribution", "Dist", {
    DistributionConfig: {
      CacheBehaviors: [
        { ...api, PathPattern: "/api/logs", TargetOriginId: "sockets", FunctionAssociations: [request(choose)] },
        { ...api, PathPattern: "/api/*", ResponseHeadersPolicyId: policy },
        {
          ...api,
          PathPattern: "edge/*",
          FunctionAssociations: [request(change), { EventType: "viewer-response", FunctionARN: later }],
        },
      ],
      CustomErrorResponses: [{ ErrorCode: 403, ResponseCode: 404, ResponsePagePath: "/lost.html" }],
      DefaultCacheBehavior: {
        TargetOriginId: "files",
        FunctionAssociations: [request(deepLinks)],
        ViewerProtocolPolicy: "allow-all",
      },
      DefaultRootObject: "index.html",
      Enabled: true,
      Origins: [
        { Id: "files", DomainName: "site.s3.eu-west-1.amazonaws.com", S3OriginConfig: { OriginAccessIdentity: "" } },
        { Id: "rest", DomainName: `${rest}.execute-api.eu-west-1.amazonaws.com`, OriginPath: "/prod" },
        { Id: "sockets", DomainName: `${socket}.execute-api.eu-west-1.amazonaws.com` },
      ],
    },
  });
}

beforeAll(async () => {
  seen = [];
  aws = await startLocalAws();
  gateway = aws.add(await createApiGateway(aws.context, { invoker }));
  front = createCloudFront(aws.context, {
    rest: gateway.rest,
    webSocket: gateway.webSocket,
    readObject: async (bucket, key) => {
      const content = bucket === "site" ? files[key] : undefined;
      const headers = [
        ["content-type", "text/html"],
        ["cache-control", "no-cache"],
      ] as const;
      return content === undefined ? undefined : { body: Buffer.from(content), headers };
    },
  });
  aws.add(front);
  await makeDistribution();
  server = createServer((req, res) => void front.handle(req, res));
  server.on("upgrade", (req, socket, head) => void front.upgrade(req, socket, head));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await aws.close();
});

async function ask(path: string, init: RequestInit = {}): Promise<{ status: number; headers: Headers; body: string }> {
  const response = await fetch(base + path, { redirect: "manual", ...init });
  return { status: response.status, headers: response.headers, body: await response.text() };
}

describe("files", () => {
  test.each([
    ["/", "<title>home</title>"],
    ["/index.html", "<title>home</title>"],
    ["/assets/a%20b.js", "1"],
    ["/apps/7/deep", "<title>home</title>"],
  ])("%s comes from the bucket", async (path, body) => {
    expect(await ask(path)).toMatchObject({ status: 200, body });
  });

  test("come with the headers that were stored with them", async () => {
    const { headers } = await ask("/index.html");
    expect([headers.get("content-type"), headers.get("cache-control")]).toEqual(["text/html", "no-cache"]);
  });

  test.each(["/nothing.js", "/%zz"])("%s, which is not there, is the distribution's own page", async (path) => {
    expect(await ask(path)).toMatchObject({ status: 404, body: "lost" });
  });

  test("a method that the behaviour does not allow is refused at the edge", async () => {
    const refused = await ask("/index.html", { method: "POST", body: "x" });
    expect(refused.status).toBe(403);
    expect(refused.headers.get("x-cache")).toBe("Error from cloudfront");
  });

  test("HEAD has the length and no body", async () => {
    const head = await ask("/index.html", { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), head.body]).toEqual([200, "19", ""]);
  });
});

describe("REST origins", () => {
  test("get the viewer's request with the origin's Host, the stage from the origin's path and the client's address", async () => {
    const { body } = await ask("/api/apps?x=1&x=2", {
      method: "POST",
      body: "{}",
      headers: { "X-Mine": "yes", Cookie: "a=1; b=2" },
    });
    expect(JSON.parse(body)).toMatchObject({
      path: "/api/apps",
      httpMethod: "POST",
      body: "{}",
      multiValueQueryStringParameters: { x: ["1", "2"] },
      headers: {
        "X-Mine": "yes",
        Cookie: "a=1; b=2",
        Host: expect.stringMatching(/^[a-z0-9]{10}\.execute-api\.eu-west-1\.amazonaws\.com$/),
        "X-Forwarded-For": "127.0.0.1",
      },
      requestContext: { stage: "prod", identity: { sourceIp: "127.0.0.1" } },
    });
  });

  test("their answers get the policy's headers", async () => {
    const { headers } = await ask("/api/apps");
    const names = [
      "x-content-type-options",
      "x-frame-options",
      "strict-transport-security",
      "content-security-policy",
      "x-keep",
      "x-amzn-requestid",
    ];
    expect(names.map((name) => headers.get(name))).toEqual([
      "nosniff",
      "DENY",
      "max-age=60",
      "default-src 'self'",
      "own",
      null,
    ]);
  });
});

describe("edge functions", () => {
  test("change uri, query, headers and cookies of what the origin gets, and the answer's headers", async () => {
    const { body, headers } = await ask("/edge/x?a=%20b&secret=1", { headers: { Cookie: "hidden=1; shown=2" } });
    expect(JSON.parse(body)).toMatchObject({
      path: "/api/edge/x",
      queryStringParameters: { a: " b", added: "1" },
      headers: { "x-set": "by the edge", Cookie: "shown=2" },
    });
    expect(JSON.parse(body)).not.toHaveProperty("queryStringParameters.secret");
    expect(headers.get("x-later")).toBe("GET");
  });

  test("may answer by themselves", async () => {
    const moved = await ask("/edge/answer");
    expect([moved.status, moved.headers.get("location"), moved.headers.getSetCookie()]).toEqual([
      302,
      "/there",
      ["seen=1; Path=/"],
    ]);
    expect(await ask("/edge/body")).toMatchObject({ status: 418, body: "tea" });
  });

  test.each(["/edge/loop", "/edge/throw", "/edge/nothing"])(
    "%s is 503 without internals, and the next request is served",
    async (path) => {
      const failed = await ask(path);
      expect(failed.status).toBe(503);
      expect(failed.headers.get("x-cache")).toBe("FunctionExecutionError from cloudfront");
      expect(failed.body).not.toContain("secret");
      expect((await ask("/")).status).toBe(200);
    },
  );

  test("hold nothing of the process that runs them, and their lines are logged", async () => {
    expect((await ask("/edge/escape")).body).toMatch(/^undefined,undefined,(EvalError|TypeError)$/);
    await ask("/edge/log");
    expect(aws.logged).toContainEqual({
      stream: "cloudfront",
      entry: expect.objectContaining({ message: "seen 127.0.0.1" }),
    });
  });
});

describe("one address for sockets and readers", () => {
  test("a handshake goes to the WebSocket API, whose stage the function names", async () => {
    const socket = new WebSocket(`${base.replace("http", "ws")}/api/logs?id=7`);
    const frames: string[] = [];
    socket.on("message", (data) => frames.push(data.toString()));
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    socket.send("hi");
    await waitFor(() => frames.length === 1, "the answer");
    expect(frames).toEqual(["echo hi"]);
    expect(seen.find(({ name }) => name === "socket")?.event).toMatchObject({
      queryStringParameters: { id: "7" },
      headers: { "x-viewer-host": base.slice("http://".length), Host: expect.stringContaining(".execute-api.") },
      requestContext: { stage: "live", identity: { sourceIp: "127.0.0.1" } },
    });
    socket.terminate();
  });

  test("anything else goes to the origin that the function selects, with that origin's path", async () => {
    const { body } = await ask("/api/logs?id=7");
    expect(JSON.parse(body)).toMatchObject({
      path: "/api/logs",
      requestContext: { stage: "prod" },
      headers: { "x-viewer-host": base.slice(7) },
    });
  });

  test("a handshake where there is no WebSocket API gets that origin's ordinary answer", async () => {
    const socket = new WebSocket(`${base.replace("http", "ws")}/nothing.js`);
    socket.on("error", () => socket.terminate());
    const refused = await new Promise<{ status: number | undefined; body: string }>((resolve) => {
      socket.once("unexpected-response", async (_req, res) =>
        resolve({ status: res.statusCode, body: await text(res) }),
      );
    });
    expect(refused).toEqual({ status: 404, body: "lost" });
  });
});

test("a client that leaves in the middle of its request harms nobody and calls no function", async () => {
  const before = seen.length;
  const raw = connectTcp(Number(new URL(base).port), "127.0.0.1");
  const arrived = new Promise((resolve) => server.once("request", resolve));
  raw.write("POST /api/apps HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf");
  await arrived;
  raw.resetAndDestroy();
  await new Promise((resolve) => raw.once("close", resolve));
  expect((await ask("/")).status).toBe(200);
  expect(seen.length).toBe(before);
});
