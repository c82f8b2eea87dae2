import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { ApiGateway } from "@slipway/local-aws/services/apigateway/apigateway";
import { createApiGateway } from "@slipway/local-aws/services/apigateway/apigateway";
import { createLambda } from "@slipway/local-aws/services/lambda/lambda";
import { writeBundle } from "../support/bundle.ts";
import { type LocalAws, startLocalAws } from "../support/local-aws.ts";

const FUNCTION = `
  export const handler = async (event) => {
    const body = (value, rest = {}) => ({ statusCode: 200, body: JSON.stringify(value), ...rest });
    switch (event.queryStringParameters?.do) {
      case "throw": throw new Error("secret detail");
      case "malformed": return { body: { not: "a string" } };
      case "large": return { statusCode: 200, body: "x".repeat(6_300_000) };
      case "slow": await new Promise((resolve) => setTimeout(resolve, 2_000)); return body(1);
      case "headers": return body(1, { statusCode: 201, headers: { "X-One": 1 }, multiValueHeaders: { "Set-Cookie": ["a=1", "b=2"] } });
      case "base64": return { statusCode: 200, headers: { "content-type": "image/png" }, body: "AAEC", isBase64Encoded: true };
      default: return body(event);
    }
  };`;

const AUTHORIZER = `
  export const handler = async (event) => {
    const who = event.headers.Authorization;
    if (who === "nobody") throw new Error("Unauthorized");
    if (who === "broken") throw new Error("database down");
    if (who === "nonsense") return { hello: "world" };
    const Effect = who === "denied" ? "Deny" : "Allow";
    const Resource = who === "elsewhere" ? event.methodArn.replace("/GET/", "/POST/") : event.methodArn.split("/")[0] + "/*";
    return {
      principalId: "user-1",
      policyDocument: { Version: "2012-10-17", Statement: [{ Action: "execute-api:Invoke", Effect, Resource }] },
      context: { role: "admin", level: 3, reason: "not yours", type: event.type, arn: event.methodArn },
    };
  };`;

const STREAM = `
  export const handler = awslambda.streamifyResponse(async (event, stream) => {
    const body = awslambda.HttpResponseStream.from(stream, { statusCode: 200, headers: { "content-type": "text/plain" } });
    const parts = Number(event.queryStringParameters?.parts ?? 2);
    for (let n = 0; n < parts; n++) {
      body.write("part " + n + "\\n");
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    if (event.queryStringParameters?.fail) throw new Error("broke");
    body.end();
  });`;

let aws: LocalAws;
let gateway: ApiGateway;
let base: string;

const invocation = (name: string): string =>
  `arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:${name}/invocations`;

async function makeFunction(name: string, source: string): Promise<void> {
  writeBundle(aws.dataDir, name, source);
  await aws.ensure("AWS::Lambda::Function", name, {
    FunctionName: name,
    Code: { S3Bucket: "assets", S3Key: name },
    Handler: "index.handler",
    Role: "role",
    Timeout: 10,
    MemorySize: 256,
  });
}

async function makeApi(): Promise<string> {
  const api = await aws.ensure("AWS::ApiGateway::RestApi", "Api", { Name: "Api" });
  const RestApiId = api.ref;
  const resource = async (ParentId: string, PathPart: string): Promise<string> =>
    (await aws.ensure("AWS::ApiGateway::Resource", `R${ParentId}${PathPart}`, { RestApiId, ParentId, PathPart })).ref;
  const method = async (ResourceId: string, HttpMethod: string, more: Record<string, unknown> = {}, integration = {}) =>
    aws.ensure("AWS::ApiGateway::Method", `M${ResourceId}${HttpMethod}`, {
      RestApiId,
      ResourceId,
      HttpMethod,
      AuthorizationType: "NONE",
      Integration: { IntegrationHttpMethod: "POST", Type: "AWS_PROXY", Uri: invocation("fn"), ...integration },
      ...more,
    });
  const authorizer = await aws.ensure("AWS::ApiGateway::Authorizer", "Auth", {
    RestApiId,
    Type: "REQUEST",
    AuthorizerUri: invocation("authorizer"),
    AuthorizerResultTtlInSeconds: 0,
    IdentitySource: "",
  });
  const root = api.attributes?.RootResourceId ?? "";
  const apiPart = await resource(root, "api");
  await method(await resource(apiPart, "{proxy+}"), "ANY");
  const apps = await resource(apiPart, "apps");
  await method(apps, "POST");
  const app = await resource(apps, "{id}");
  await method(app, "GET");
  await method(await resource(apps, "mine"), "GET");
  await method(await resource(app, "logs"), "GET", {}, { ResponseTransferMode: "STREAM", Uri: invocation("stream") });
  await method(await resource(apiPart, "private"), "GET", {
    AuthorizationType: "CUSTOM",
    AuthorizerId: authorizer.ref,
  });
  await method(await resource(apiPart, "hasty"), "GET", {}, { TimeoutInMillis: 200 });
  const custom = (ResponseType: string, StatusCode: string | undefined, template: string) =>
    aws.ensure("AWS::ApiGateway::GatewayResponse", ResponseType, {
      RestApiId,
      ResponseType,
      ...(StatusCode === undefined ? {} : { StatusCode }),
      ResponseTemplates: { "application/json": template },
      ResponseParameters: { "gatewayresponse.header.Cache-Control": "'no-store'" },
    });
  const template =
    '{"error":$context.error.messageString,"type":"$context.error.responseType","request_id":"$context.requestId"}';
  await custom("DEFAULT_4XX", undefined, template);
  await custom("DEFAULT_5XX", undefined, template);
  await custom("ACCESS_DENIED", "404", '{"error":"$context.authorizer.reason","by":"$context.authorizer.principalId"}');
  await aws.ensure("AWS::ApiGateway::Deployment", "Deployment", { RestApiId });
  await aws.ensure("AWS::ApiGateway::Stage", "Stage", { RestApiId, StageName: "live" });
  return RestApiId;
}

beforeAll(async () => {
  aws = await startLocalAws();
  const lambda = aws.add(createLambda(aws.context, { resolveCode: (_bucket, key) => `${aws.dataDir}/code/${key}` }));
  gateway = aws.add(await createApiGateway(aws.context, { invoker: lambda.invoker }));
  await makeFunction("fn", FUNCTION);
  await makeFunction("authorizer", AUTHORIZER);
  await makeFunction("stream", STREAM);
  base = gateway.rewriteExecuteApi(`https://${await makeApi()}.execute-api.eu-west-1.amazonaws.com/live`);
});

afterAll(() => aws.close());

describe("which resource answers", () => {
  const cases: [method: string, path: string, resource: string, parameters: unknown][] = [
    ["GET", "/api/apps/7", "/api/apps/{id}", { id: "7" }],
    ["GET", "/api/apps/mine", "/api/apps/mine", null],
    ["GET", "/api/apps/a%20b", "/api/apps/{id}", { id: "a%20b" }],
    ["POST", "/api/apps", "/api/apps", null],
    ["GET", "/api/apps", "/api/{proxy+}", { proxy: "apps" }],
    ["DELETE", "/api/apps/7", "/api/{proxy+}", { proxy: "apps/7" }],
    ["GET", "/api/apps/7/else", "/api/{proxy+}", { proxy: "apps/7/else" }],
  ];
  test.each(cases)("%s %s is %s", async (method, path, resource, pathParameters) => {
    const response = await fetch(base + path, { method });
    expect(await response.json()).toMatchObject({ resource, path, httpMethod: method, pathParameters });
  });

  test("nothing matching is a missing authentication token, as the API customised it", async () => {
    const response = await fetch(`${base}/elsewhere`);
    expect(response.status).toBe(403);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("x-amzn-errortype")).toBe("MissingAuthenticationTokenException");
    expect(await response.json()).toEqual({
      error: "Missing Authentication Token",
      type: "MISSING_AUTHENTICATION_TOKEN",
      request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test("an unknown stage is forbidden", async () => {
    const response = await fetch(base.replace(/live$/, "other"));
    expect([response.status, await response.json()]).toEqual([403, { message: "Forbidden" }]);
  });
});

test("the event is that of a proxy integration", async () => {
  const response = await fetch(`${base}/api/apps/7/things?a=1&a=2&b=x%20y`, {
    method: "PUT",
    headers: { "X-Custom": "yes", "content-type": "application/json", "user-agent": "test" },
    body: '{"ü":1}',
  });
  const event = await response.json();
  expect(event).toMatchObject({
    queryStringParameters: { a: "2", b: "x y" },
    multiValueQueryStringParameters: { a: ["1", "2"], b: ["x y"] },
    headers: {
      "X-Custom": "yes",
      Host: expect.stringMatching(/^[a-z0-9]{10}\.execute-api\.eu-west-1\.amazonaws\.com$/),
    },
    multiValueHeaders: { "X-Custom": ["yes"] },
    stageVariables: null,
    body: '{"ü":1}',
    isBase64Encoded: false,
    requestContext: {
      accountId: "123456789012",
      httpMethod: "PUT",
      stage: "live",
      path: "/live/api/apps/7/things",
      resourcePath: "/api/{proxy+}",
      identity: { sourceIp: "127.0.0.1", userAgent: "test" },
      requestTimeEpoch: expect.any(Number),
    },
  });
  expect(event).not.toHaveProperty("requestContext.authorizer");
  const empty = await (await fetch(`${base}/api/apps/7`)).json();
  expect(empty).toMatchObject({ queryStringParameters: null, multiValueQueryStringParameters: null, body: null });
});

describe("authorizers", () => {
  const ask = (who: string): Promise<Response> => fetch(`${base}/api/private`, { headers: { Authorization: who } });

  test("an allowed request carries the authorizer's context as strings", async () => {
    const event = await (await ask("me")).json();
    expect(event).toMatchObject({
      requestContext: {
        authorizer: {
          principalId: "user-1",
          role: "admin",
          level: "3",
          type: "REQUEST",
          arn: expect.stringMatching(
            /^arn:aws:execute-api:eu-west-1:123456789012:[a-z0-9]{10}\/live\/GET\/api\/private$/,
          ),
        },
      },
    });
  });

  test("a denial is answered in the API's own shape, with what the authorizer said", async () => {
    const response = await ask("denied");
    expect([response.status, await response.json()]).toEqual([404, { error: "not yours", by: "user-1" }]);
  });

  const cases: [who: string, status: number, type: string, error: string | null][] = [
    ["nobody", 401, "UNAUTHORIZED", "Unauthorized"],
    ["broken", 500, "AUTHORIZER_FAILURE", null],
    ["nonsense", 500, "AUTHORIZER_CONFIGURATION_ERROR", null],
  ];
  test.each(cases)("%s is %i %s", async (who, status, type, error) => {
    const response = await ask(who);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ type, error });
  });

  test("a policy about another method allows nothing", async () => {
    expect((await ask("elsewhere")).status).toBe(404);
  });
});

describe("what a function answers", () => {
  test.each([
    ["throw", 502],
    ["malformed", 502],
    ["large", 502],
  ])("%s is %i without internals", async (what, status) => {
    const response = await fetch(`${base}/api/x?do=${what}`);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: "Internal server error" });
  });

  test("an answer that takes too long is 504", async () => {
    const response = await fetch(`${base}/api/hasty?do=slow`);
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ error: "Endpoint request timed out", type: "INTEGRATION_TIMEOUT" });
  });

  test("status, headers and repeated headers arrive; JSON is the default content type", async () => {
    const response = await fetch(`${base}/api/x?do=headers`);
    expect(response.status).toBe(201);
    expect(response.headers.get("x-one")).toBe("1");
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(response.headers.get("content-type")).toBe("application/json");
  });

  test("base64 stays as it is unless the API knows the type as binary", async () => {
    expect(await (await fetch(`${base}/api/x?do=base64`)).text()).toBe("AAEC");
  });

  test("a body over 10 MB is refused before any function sees it", async () => {
    const response = await fetch(`${base}/api/x`, { method: "POST", body: Buffer.alloc(10 * 1024 * 1024 + 1) });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ type: "REQUEST_TOO_LARGE" });
  });
});

describe("streaming", () => {
  test("what the function writes arrives while it is still running", async () => {
    const response = await fetch(`${base}/api/apps/7/logs`);
    expect(response.headers.get("content-type")).toBe("text/plain");
    const arrivals: { text: string; at: number }[] = [];
    for await (const chunk of response.body ?? [])
      arrivals.push({ text: Buffer.from(chunk).toString(), at: Date.now() });
    expect(arrivals.map((arrival) => arrival.text)).toEqual(["part 0\n", "part 1\n"]);
    expect((arrivals[1]?.at ?? 0) - (arrivals[0]?.at ?? 0)).toBeGreaterThan(150);
  });

  test("a function that fails in between breaks the answer off", async () => {
    const response = await fetch(`${base}/api/apps/7/logs?fail=1`);
    await expect(response.text()).rejects.toThrow();
  });

  test("a client that leaves does not keep the function from ending", async () => {
    const leave = new AbortController();
    const response = await fetch(`${base}/api/apps/7/logs?parts=3`, { signal: leave.signal });
    leave.abort();
    await expect(response.text()).rejects.toThrow();
    expect((await fetch(`${base}/api/apps/7/logs?parts=1`)).status).toBe(200);
  });
});
