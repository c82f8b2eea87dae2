import { connect as connectTcp } from "node:net";
import { text } from "node:stream/consumers";
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { FunctionInvoker, InvocationResult } from "@slipway/local-aws/kernel/part";
import type { ApiGateway } from "@slipway/local-aws/services/apigateway/apigateway";
import { createApiGateway } from "@slipway/local-aws/services/apigateway/apigateway";
import type { FaultOf } from "@slipway/local-aws/services/apigateway/faults";
import WebSocket from "ws";
import { awsSockets } from "../../../lib/adapters/apigateway/sockets.ts";
import type { Sockets } from "../../../lib/core/ports/sockets.ts";
import { manualClock, type TestClock } from "../support/clocks.ts";
import { type LocalAws, startLocalAws } from "../support/local-aws.ts";
import { waitFor } from "../support/wait.ts";

interface SocketEvent {
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly methodArn?: string;
  readonly queryStringParameters?: Record<string, string>;
  readonly requestContext: Record<string, unknown> & { connectionId: string; routeKey: string; eventType: string };
}
type Answer = (event: SocketEvent) => InvocationResult | Promise<InvocationResult>;

const ok = (payload: unknown): InvocationResult => ({ ok: true, payload });
const policy = (Effect: string): InvocationResult =>
  ok({
    principalId: "user-1",
    policyDocument: { Statement: [{ Action: "execute-api:Invoke", Effect, Resource: "*" }] },
    context: { role: "viewer" },
  });
const unhandled: InvocationResult = { ok: false, errorType: "Error", errorMessage: "boom" };

let clock: TestClock;
let aws: LocalAws;
let gateway: ApiGateway;
let address: string;
let management: ApiGatewayManagementApiClient;
let answers: Record<"authorizer" | "connect" | "disconnect" | "default" | "greet", Answer>;
let seen: { name: string; event: SocketEvent }[];
let faultOf: FaultOf;
const clients: WebSocket[] = [];

const uri = (name: string): string =>
  `arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:${name}/invocations`;

async function makeApi(): Promise<string> {
  const make = async (type: string, logicalId: string, properties: Record<string, unknown>): Promise<string> =>
    (await aws.ensure(`AWS::ApiGatewayV2::${type}`, logicalId, properties)).ref;
  const ApiId = await make("Api", "Ws", {
    Name: "Ws",
    ProtocolType: "WEBSOCKET",
    RouteSelectionExpression: "$request.body.action",
  });
  const AuthorizerId = await make("Authorizer", "Auth", {
    ApiId,
    AuthorizerType: "REQUEST",
    AuthorizerUri: uri("authorizer"),
    IdentitySource: [],
  });
  for (const [RouteKey, name] of Object.entries({
    $connect: "connect",
    $disconnect: "disconnect",
    $default: "default",
    greet: "greet",
  })) {
    const id = await make("Integration", `I${name}`, {
      ApiId,
      IntegrationType: "AWS_PROXY",
      IntegrationUri: uri(name),
    });
    const guarded =
      RouteKey === "$connect" ? { AuthorizationType: "CUSTOM", AuthorizerId } : { AuthorizationType: "NONE" };
    const RouteId = await make("Route", `R${name}`, { ApiId, RouteKey, Target: `integrations/${id}`, ...guarded });
    if (name !== "greet") await make("RouteResponse", `A${name}`, { ApiId, RouteId, RouteResponseKey: "$default" });
  }
  await make("Stage", "Stage", { ApiId, StageName: "live", AutoDeploy: true });
  return ApiId;
}

beforeEach(async () => {
  seen = [];
  answers = {
    authorizer: () => policy("Allow"),
    connect: () => ok({ statusCode: 200 }),
    disconnect: () => ok({ statusCode: 200 }),
    default: (event) => ok({ statusCode: 200, body: `echo ${event.body}` }),
    greet: () => ok({ statusCode: 200, body: "never sent: the route has no response" }),
  };
  const invoker: FunctionInvoker = {
    invoke: async (nameOrArn, payload) => {
      const name = nameOrArn.split(":").at(-1) as keyof typeof answers;
      seen.push({ name, event: payload as SocketEvent });
      return answers[name](payload as SocketEvent);
    },
    invokeStreaming: async () => unhandled,
    roleOf: () => "role",
  };
  clock = manualClock();
  aws = await startLocalAws({ clock });
  faultOf = () => null;
  gateway = aws.add(
    await createApiGateway(aws.context, {
      invoker,
      limits: { bufferedBytes: 1024 * 1024 },
      faultOf: (...call) => faultOf(...call),
    }),
  );
  const host = `${await makeApi()}.execute-api.eu-west-1.amazonaws.com/live`;
  address = gateway.rewriteExecuteApi(`wss://${host}`);
  management = managementAs("somebody");
});

function callbackUrl(): string {
  const id = /\/([a-z0-9]{10})\/live/.exec(address)?.[1];
  return gateway.rewriteExecuteApi(`https://${id}.execute-api.eu-west-1.amazonaws.com/live`);
}

const managementAs = (name: string): ApiGatewayManagementApiClient =>
  new ApiGatewayManagementApiClient({ ...aws.client(name), endpoint: callbackUrl(), maxAttempts: 1 });

/** Sockets as the functions reach them. */
const socketsAt = (endpoint: string): Sockets => awsSockets(endpoint, { ...aws.client("somebody") });

afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate();
  management.destroy();
  await aws.close();
});

function client(query = "", protocols: string[] = [], headers: Record<string, string> = {}): WebSocket {
  const made = new WebSocket(address + query, protocols, { headers });
  // Ended by the test's clean-up while its handshake was refused: no error of the test.
  made.on("error", () => made.terminate());
  clients.push(made);
  return made;
}

async function opened(
  query = "",
  protocols: string[] = [],
): Promise<{ socket: WebSocket; frames: string[]; id: string }> {
  const socket = client(query, protocols);
  const frames: string[] = [];
  socket.on("message", (data) => frames.push(data.toString()));
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const id = seen.findLast((call) => call.name === "connect")?.event.requestContext.connectionId ?? "";
  return { socket, frames, id };
}

function refused(
  query = "",
  headers: Record<string, string> = {},
): Promise<{ status: number | undefined; body: unknown }> {
  const socket = client(query, [], headers);
  return new Promise((resolve, reject) => {
    socket.once("open", () => reject(new Error("The handshake was accepted.")));
    socket.once("unexpected-response", async (_req, res) =>
      resolve({ status: res.statusCode, body: JSON.parse(await text(res)) }),
    );
  });
}

const calls = (name: string): SocketEvent[] => seen.filter((call) => call.name === name).map((call) => call.event);
const post = (ConnectionId: string, Data: string | Uint8Array, as = management) =>
  as.send(new PostToConnectionCommand({ ConnectionId, Data }));

describe("the handshake", () => {
  test("asks the authorizer, then $connect, which gets the authorizer's context", async () => {
    const { id } = await opened("?id=7");
    expect(calls("authorizer")[0]).toMatchObject({
      type: "REQUEST",
      methodArn: expect.stringMatching(/^arn:aws:execute-api:eu-west-1:123456789012:[a-z0-9]{10}\/live\/\$connect$/),
      queryStringParameters: { id: "7" },
      requestContext: {
        routeKey: "$connect",
        eventType: "CONNECT",
        connectionId: id,
        identity: { sourceIp: "127.0.0.1" },
      },
    });
    expect(calls("connect")[0]).toMatchObject({
      queryStringParameters: { id: "7" },
      requestContext: { connectionId: id, stage: "live", authorizer: { role: "viewer", principalId: "user-1" } },
    });
  });

  const refusals: [what: string, change: () => void, status: number, message: string][] = [
    [
      "a denial",
      () => {
        answers.authorizer = () => policy("Deny");
      },
      403,
      "Forbidden",
    ],
    [
      "an authorizer that says Unauthorized",
      () => {
        answers.authorizer = () => ({ ok: false, errorType: "Error", errorMessage: "Unauthorized" });
      },
      401,
      "Unauthorized",
    ],
    [
      "an authorizer that fails",
      () => {
        answers.authorizer = () => unhandled;
      },
      500,
      "Internal server error",
    ],
    [
      "a $connect that fails",
      () => {
        answers.connect = () => unhandled;
      },
      502,
      "Internal server error",
    ],
    [
      "a malformed $connect",
      () => {
        answers.connect = () => ok("yes");
      },
      502,
      "Internal server error",
    ],
    [
      "a $connect with a status of its own",
      () => {
        answers.connect = () => ok({ statusCode: 410 });
      },
      410,
      "Forbidden",
    ],
  ];
  test.each(refusals)("%s is the handshake's status", async (_what, change, status, message) => {
    change();
    expect(await refused()).toEqual({
      status,
      body: { message, connectionId: expect.any(String), requestId: expect.any(String) },
    });
    expect(calls("disconnect")).toEqual([]);
  });

  test("the body of a refusal is $connect's own where its route has a response", async () => {
    answers.connect = () => ok({ statusCode: 404, body: '{"code":"deployment_not_found"}' });
    expect(await refused()).toEqual({ status: 404, body: { code: "deployment_not_found" } });
  });

  test("a path after the stage and an unknown stage are forbidden", async () => {
    expect(await refused("/deployments")).toEqual({ status: 403, body: { message: "Forbidden" } });
    address = address.replace(/live$/, "other");
    expect(await refused()).toEqual({ status: 403, body: { message: "Forbidden" } });
    expect(seen).toEqual([]);
  });

  test("a requested subprotocol is echoed only if $connect does", async () => {
    answers.connect = () => ok({ statusCode: 200, headers: { "Sec-WebSocket-Protocol": "two" } });
    expect((await opened("", ["one", "two"])).socket.protocol).toBe("two");
    answers.connect = () => ok({ statusCode: 200 });
    await expect(opened("", ["one"])).rejects.toThrow("no subprotocol");
  });

  test("a client that leaves while $connect runs is disconnected once", async () => {
    let finish = (_result: InvocationResult): void => undefined;
    answers.connect = () =>
      new Promise((resolve) => {
        finish = resolve;
      });
    const raw = connectTcp(Number(new URL(address).port), "127.0.0.1");
    raw.write(
      `GET ${new URL(address).pathname} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    await waitFor(() => calls("connect").length === 1, "$connect");
    raw.resetAndDestroy();
    await new Promise((resolve) => raw.once("close", resolve));
    finish(ok({ statusCode: 200 }));
    await waitFor(() => calls("disconnect").length === 1, "$disconnect");
  });
});

describe("messages", () => {
  test("are routed by their key, else to $default, and answered only where the route has a response", async () => {
    const { socket, frames } = await opened();
    socket.send('{"action":"greet"}');
    socket.send('{"action":"unknown"}');
    socket.send('{"action":"$disconnect"}');
    socket.send("no json");
    await waitFor(() => frames.length === 3, "three answers");
    expect(frames).toEqual(['echo {"action":"unknown"}', 'echo {"action":"$disconnect"}', "echo no json"]);
    expect(calls("greet")).toMatchObject([
      {
        body: '{"action":"greet"}',
        isBase64Encoded: false,
        requestContext: { routeKey: "greet", eventType: "MESSAGE" },
      },
    ]);
    expect(calls("disconnect")).toEqual([]);
  });

  test("of one connection are handled one after the other, however many come at once", async () => {
    const running: number[] = [];
    let now = 0;
    answers.default = async (event) => {
      running.push(++now);
      await new Promise((resolve) => setTimeout(resolve, Number(event.body) % 3));
      now -= 1;
      return ok({ statusCode: 200, body: event.body });
    };
    const { socket, frames } = await opened();
    const sent = Array.from({ length: 60 }, (_, n) => String(n));
    for (const message of sent) socket.send(message);
    await waitFor(() => frames.length === 60, "all answers");
    expect(frames).toEqual(sent);
    expect(new Set(running)).toEqual(new Set([1]));
  });

  test("in binary go to $default as base64", async () => {
    const { socket } = await opened();
    socket.send(Buffer.from([0, 1, 2]));
    await waitFor(() => calls("default").length === 1, "the message");
    expect(calls("default")[0]).toMatchObject({ body: "AAEC", isBase64Encoded: true });
  });

  test("a failing integration is said in a frame, and the connection stays", async () => {
    const { socket, frames, id } = await opened();
    answers.default = () => unhandled;
    socket.send("x");
    await waitFor(() => frames.length === 1, "the error frame");
    expect(JSON.parse(frames[0] ?? "")).toEqual({
      message: "Internal server error",
      connectionId: id,
      requestId: expect.any(String),
    });
    expect(socket.readyState).toBe(socket.OPEN);
  });

  test("over 128 KB close the connection with 1009", async () => {
    const { socket } = await opened();
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.send("x".repeat(128 * 1024 + 1));
    expect(await closed).toBe(1009);
    expect(calls("default")).toEqual([]);
  });
});

describe("the end of a connection", () => {
  test("$disconnect is called once, with the code", async () => {
    const { socket, id } = await opened();
    socket.close(1000, "done");
    await waitFor(() => calls("disconnect").length === 1, "$disconnect");
    expect(calls("disconnect")[0]).toMatchObject({
      requestContext: {
        routeKey: "$disconnect",
        eventType: "DISCONNECT",
        connectionId: id,
        disconnectStatusCode: 1000,
        disconnectReason: "done",
      },
    });
    await expect(post(id, "late")).rejects.toMatchObject({ name: "GoneException" });
    expect(calls("disconnect")).toHaveLength(1);
  });

  test("a connection without a message for ten minutes is closed, and not before", async () => {
    const { socket, frames } = await opened();
    const closed = new Promise((resolve) => socket.once("close", resolve));
    clock.advance(9 * 60_000);
    socket.send("still here");
    await waitFor(() => frames.length === 1, "the answer");
    clock.advance(9 * 60_000);
    expect(socket.readyState).toBe(socket.OPEN);
    clock.advance(60_000);
    expect(await closed).toBe(1001);
  });

  test("no connection lives longer than two hours", async () => {
    const { socket, frames } = await opened();
    const closed = new Promise((resolve) => socket.once("close", resolve));
    for (let n = 1; n <= 14; n++) {
      clock.advance(8 * 60_000);
      socket.send("x");
      await waitFor(() => frames.length === n, "the answer");
    }
    clock.advance(8 * 60_000);
    expect(await closed).toBe(1001);
  });
});

describe("@connections", () => {
  test("posts arrive in order, and IAM is asked about that very connection", async () => {
    const { frames, id } = await opened();
    await post(id, "one");
    await post(id, "two");
    await waitFor(() => frames.length === 2, "both frames");
    expect(frames).toEqual(["one", "two"]);
    const apiId = /\/([a-z0-9]{10})\/live/.exec(address)?.[1];
    expect(aws.asked[0]).toBe(
      `somebody execute-api:ManageConnections arn:aws:execute-api:eu-west-1:123456789012:${apiId}/live/POST/@connections/${id}`,
    );
  });

  test("a connection is described, and deleted", async () => {
    const { socket, id } = await opened();
    const described = await management.send(new GetConnectionCommand({ ConnectionId: id }));
    expect(described).toMatchObject({ ConnectedAt: new Date(clock.now()), Identity: { SourceIp: "127.0.0.1" } });
    const closed = new Promise((resolve) => socket.once("close", resolve));
    await management.send(new DeleteConnectionCommand({ ConnectionId: id }));
    await closed;
  });

  test("an unknown connection, and one whose $connect has not returned, is gone", async () => {
    await expect(post("unknown=", "x")).rejects.toMatchObject({
      name: "GoneException",
      $metadata: { httpStatusCode: 410 },
    });
    let early: unknown;
    answers.connect = async (event) => {
      early = await post(event.requestContext.connectionId, "x").catch((error: unknown) => error);
      return ok({ statusCode: 200 });
    };
    await opened();
    expect(early).toMatchObject({ name: "GoneException" });
  });

  test("a message over 128 KB is too large", async () => {
    const { id } = await opened();
    await expect(post(id, "x".repeat(128 * 1024 + 1))).rejects.toMatchObject({ name: "PayloadTooLargeException" });
  });

  test.each(["unavailable", "throttled", "forbidden", "timed_out", "hang"] as const)(
    "one that fails is distinguished from one that is gone, after one call, and within seconds: %s",
    async (fault) => {
      const { frames, id } = await opened();
      const sockets = socketsAt(callbackUrl());
      expect(await sockets.post(id, "well")).toBe("sent");
      faultOf = () => fault;
      aws.asked.length = 0;
      await expect(sockets.post(id, "not well")).rejects.toThrow();
      await expect(sockets.close(id)).rejects.toThrow();
      expect(aws.asked).toHaveLength(2);
      faultOf = () => null;
      expect(await sockets.post(id, "well again")).toBe("sent");
      await waitFor(() => frames.length === 2, "both frames");
      expect(frames).toEqual(["well", "well again"]);
    },
  );

  test("an endpoint that no name leads to fails, too", async () => {
    const sockets = socketsAt("https://sockets.invalid/live");
    await expect(sockets.post("a=", "x")).rejects.toThrow();
  });

  test("a refusal by IAM surfaces as 403", async () => {
    const { id } = await opened();
    aws.deny((_permission, caller) => caller.name === "nobody");
    const denied = managementAs("nobody");
    await expect(post(id, "x", denied)).rejects.toMatchObject({
      name: "AccessDeniedException",
      $metadata: { httpStatusCode: 403 },
    });
    denied.destroy();
  });

  test("a client that never reads is given up, and nobody else notices", async () => {
    const slow = await opened();
    const other = await opened();
    slow.socket.pause();
    const chunk = "x".repeat(128 * 1024);
    let gone: unknown;
    for (let n = 0; n < 200 && gone === undefined; n++) {
      await post(slow.id, chunk).catch((error: unknown) => {
        gone = error;
      });
    }
    expect(gone).toMatchObject({ name: "GoneException" });
    await post(other.id, "hello");
    await waitFor(() => other.frames.length === 1, "the other's frame");
    await waitFor(() => calls("disconnect").length === 1, "$disconnect of the slow one");
    expect(calls("disconnect")[0]?.requestContext.connectionId).toBe(slow.id);
  });
});
