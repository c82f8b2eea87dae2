import { Logger } from "@aws-lambda-powertools/logger";
import { expect, test } from "@jest/globals";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { corsHeaders, refusal, toRequest } from "../../functions/shared/gateway.ts";
import { ApiError } from "../../lib/api/errors.ts";

/** The parts of a proxy event that mean something here. */
const event = (change: Readonly<Record<string, unknown>>): APIGatewayProxyEvent =>
  ({
    httpMethod: "POST",
    path: "/api/apps",
    queryStringParameters: null,
    headers: {},
    body: null,
    isBase64Encoded: false,
    requestContext: { identity: { sourceIp: "192.0.2.1" } },
    ...change,
  }) as unknown as APIGatewayProxyEvent;

test("a proxy event is read with header names in lower case, a decoded body, and who the authorizer says asks", () => {
  const read = toRequest(
    event({
      queryStringParameters: { limit: "5", absent: undefined },
      headers: { "Content-Type": "application/json", Authorization: "Bearer x", Gone: undefined },
      body: Buffer.from('{"name":"grüß"}').toString("base64"),
      isBase64Encoded: true,
      requestContext: {
        identity: { sourceIp: "192.0.2.1" },
        authorizer: {
          id: "token#2",
          name: "ada",
          role: "deployer",
          apps: "1,2",
          csrf: "a value",
          token: "a hash",
          principalId: "ada",
        },
      },
    }),
  );
  expect(read).toEqual({
    method: "POST",
    path: "/api/apps",
    query: { limit: "5" },
    headers: { "content-type": "application/json", authorization: "Bearer x" },
    body: '{"name":"grüß"}',
    principal: { id: "token#2", name: "ada", role: "deployer", apps: [1, 2] },
    csrf: "a value",
    holder: { token: "a hash", session: null },
    address: "192.0.2.1",
  });
});

test("without parameters, body or authorizer there is nobody and nothing", () => {
  expect(toRequest(event({ headers: null }))).toMatchObject({
    query: {},
    headers: {},
    body: null,
    principal: null,
    csrf: null,
  });
});

test("a principal without apps may see none, and `all` means all", () => {
  const seen = (apps: string) =>
    toRequest(
      event({
        requestContext: {
          identity: { sourceIp: "::1" },
          authorizer: { id: "token#2", name: "ada", role: "viewer", apps },
        },
      }),
    ).principal?.apps;
  expect([seen(""), seen("all")]).toEqual([[], null]);
});

test("a refusal is answered as it is; anything else without internals, and logged once", () => {
  const logged: unknown[] = [];
  const logger = new Logger();
  logger.error = (...entry) => void logged.push(entry);
  const refused = refusal(new ApiError("app_not_found", { sentence: "There is no app 123." }), "r-1", logger);
  expect(refused.statusCode).toBe(404);
  expect(JSON.parse(refused.body)).toEqual({
    success: false,
    error: "There is no app 123.",
    code: "app_not_found",
    request_id: "r-1",
    details: [],
  });
  expect(logged).toHaveLength(0);
  const broken = refusal(new Error("password=hunter2 at /var/task"), "r-2", logger);
  expect(broken.statusCode).toBe(500);
  expect(broken.body).not.toContain("hunter2");
  expect(JSON.parse(broken.body)).toMatchObject({ success: false, code: "internal_error", request_id: "r-2" });
  expect(logged).toHaveLength(1);
});

test("only an allowed origin learns that its browser may go on", () => {
  const allowed = ["https://admin.example.com"];
  expect(corsHeaders({ origin: "https://admin.example.com" }, allowed)).toMatchObject({
    "Access-Control-Allow-Origin": "https://admin.example.com",
    Vary: "Origin",
  });
  expect(corsHeaders({ origin: "https://admin.example.com.evil.test" }, allowed)).toEqual({});
  expect(corsHeaders({}, allowed)).toEqual({});
});
