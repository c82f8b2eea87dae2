import { createHash } from "node:crypto";
import { connect } from "node:net";
import { DynamoDBClient, GetItemCommand, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import {
  CreateRuleCommand,
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type AwsEndpoint, startEndpoint } from "@slipway/local-aws/endpoint/endpoint";
import {
  AwsError,
  type AwsService,
  type Caller,
  type Operation,
  type Permission,
} from "@slipway/local-aws/kernel/service";
import { presignedUrl, signedPost } from "./sign.ts";

let endpoint: AwsEndpoint;
let denied: string | undefined;
const asked: Permission[] = [];
const logged: Readonly<Record<string, unknown>>[] = [];
let calls = 0;

const CALLERS: Readonly<Record<string, Caller>> = {
  AKWORK: { name: "work", roleArn: "arn:aws:iam::1:role/work" },
  AKEVENTS: { name: "events.amazonaws.com", roleArn: null, servicePrincipal: "events.amazonaws.com" },
};
const SENTENCE =
  "User: arn:aws:sts::1:assumed-role/work/work is not authorized to perform: x:Y on resource: arn:z because no identity-based policy allows the x:Y action";

const operation = (run: (input: unknown) => unknown): Operation => ({
  permissions: () => [{ action: "x:Y", resource: "arn:z", context: { k: "v" } }],
  run: (input) => {
    calls++;
    return run(input);
  },
});
const service = (kind: "json" | "query", scope: string, operations: Record<string, Operation>): AwsService => ({
  kind,
  scope,
  dialect: kind === "json" ? "application/x-amz-json-1.1" : "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
  operations,
});

/** Answers the input in members that both shapes have. */
const echo = operation((input) => ({ Entries: [{ EventId: JSON.stringify(input) }] }));
const SERVICES: AwsService[] = [
  service("json", "sqs", { SendMessage: operation(() => ({ MessageId: "m" })) }),
  service("json", "dynamodb", {
    GetItem: operation(() => {
      throw new AwsError("TransactionCanceledException", "no", 400, {
        CancellationReasons: [{ Code: "ConditionalCheckFailed" }],
      });
    }),
  }),
  service("json", "ecs", {
    DescribeServices: operation(() => {
      throw new Error("a bug");
    }),
  }),
  service("json", "events", { PutEvents: echo }),
  service("query", "elasticloadbalancing", {
    CreateRule: operation((input) => ({ Rules: [input] })),
    DescribeRules: operation(() => {
      throw new AwsError("RuleNotFound", "There is no <rule>.");
    }),
  }),
  {
    kind: "http",
    scope: "s3",
    permissions: (request) => [{ action: "s3:GetObject", resource: `arn:aws:s3:::${request.url.pathname.slice(1)}` }],
    handle: async (request) => ({ status: 200, headers: { "content-type": "text/plain" }, body: request.url.pathname }),
    refuse: (error) => ({
      status: error.status,
      headers: {},
      body: `<Error><Code>${error.code}</Code><Message>${error.message}</Message></Error>`,
    }),
  },
];

beforeAll(async () => {
  endpoint = await startEndpoint({
    identify: (key) => CALLERS[key],
    secretOf: () => "s",
    authorize: (permissions) => {
      asked.push(...permissions);
      return denied;
    },
    log: (_stream, entry) => void logged.push(entry),
    randomHex: (n) => "a".repeat(n),
  });
  for (const one of SERVICES) endpoint.register(one);
});
afterAll(() => endpoint.close());
beforeEach(() => {
  denied = undefined;
  calls = 0;
  asked.length = 0;
  logged.length = 0;
});

const options = (accessKeyId = "AKWORK") => ({
  endpoint: endpoint.url,
  region: "eu-west-1",
  credentials: { accessKeyId, secretAccessKey: "s" },
});

const QueueUrl = "http://127.0.0.1:9/1/work";
const CLIENTS: readonly [name: string, (key: string) => Promise<unknown>, denial: string, unknownKey: string][] = [
  [
    "SQS",
    (key) => new SQSClient(options(key)).send(new SendMessageCommand({ QueueUrl, MessageBody: "x" })),
    "AccessDenied",
    "InvalidClientTokenId",
  ],
  [
    "DynamoDB",
    (key) => new DynamoDBClient(options(key)).send(new GetItemCommand({ TableName: "t", Key: { a: { S: "1" } } })),
    "AccessDeniedException",
    "UnrecognizedClientException",
  ],
  [
    "ECS",
    (key) => new ECSClient(options(key)).send(new DescribeServicesCommand({ services: ["a"] })),
    "AccessDeniedException",
    "UnrecognizedClientException",
  ],
  [
    "ELBv2",
    (key) => new ElasticLoadBalancingV2Client(options(key)).send(new DescribeRulesCommand({})),
    "AccessDenied",
    "InvalidClientTokenId",
  ],
  [
    "EventBridge",
    (key) => new EventBridgeClient(options(key)).send(new PutEventsCommand({ Entries: [] })),
    "AccessDeniedException",
    "UnrecognizedClientException",
  ],
  [
    "S3",
    (key) =>
      new S3Client({ ...options(key), forcePathStyle: true }).send(new GetObjectCommand({ Bucket: "b", Key: "k" })),
    "AccessDenied",
    "InvalidAccessKeyId",
  ],
];

describe.each(CLIENTS)("the %s client", (_name, call, denial, unknownKey) => {
  test("surfaces a refusal at once, in AWS's words, and nothing runs", async () => {
    denied = SENTENCE;
    await expect(call("AKWORK")).rejects.toMatchObject({ name: denial, message: SENTENCE, $metadata: { attempts: 1 } });
    expect(asked).toHaveLength(1);
    expect(calls).toBe(0);
  });

  test("learns at once that nobody holds its key", async () => {
    await expect(call("AKOTHER")).rejects.toMatchObject({ name: unknownKey, $metadata: { attempts: 1 } });
    expect(asked).toHaveLength(0);
  });
});

describe("answers", () => {
  test("a JSON operation's output reaches the client", async () => {
    const answer = await new EventBridgeClient(options()).send(new PutEventsCommand({ Entries: [{ Source: "ä" }] }));
    expect(answer).toMatchObject({ Entries: [{ EventId: '{"Entries":[{"Source":"ä"}]}' }] });
  });

  test("lists and nested members of a query operation go in and out", async () => {
    const rule = {
      ListenerArn: "l",
      Priority: 7,
      Conditions: [{ Field: "host-header", HostHeaderConfig: { Values: ["a<b>&.example", "b"] } }],
      Actions: [{ Type: "forward" as const, ForwardConfig: { TargetGroups: [{ TargetGroupArn: "x", Weight: 1 }] } }],
    };
    const answer = await new ElasticLoadBalancingV2Client(options()).send(new CreateRuleCommand(rule));
    const { ListenerArn: _, Priority, ...shown } = rule;
    expect(answer.Rules).toEqual([{ ...shown, Priority: String(Priority) }]);
  });

  test("a query error carries its code and message", async () => {
    const call = new ElasticLoadBalancingV2Client(options()).send(new DescribeRulesCommand({}));
    await expect(call).rejects.toMatchObject({ name: "RuleNotFoundException", message: "There is no <rule>." });
  });

  test("an error's own members reach the client", async () => {
    const call = new DynamoDBClient(options()).send(new GetItemCommand({ TableName: "t", Key: { a: { S: "1" } } }));
    await expect(call).rejects.toMatchObject({
      name: "TransactionCanceledException",
      CancellationReasons: [{ Code: "ConditionalCheckFailed" }],
    });
  });

  test("an operation that is not there is unknown, as AWS says it", async () => {
    await expect(new DynamoDBClient(options()).send(new ListTablesCommand({}))).rejects.toMatchObject({
      name: "UnknownOperationException",
      $metadata: { httpStatusCode: 400, attempts: 1 },
    });
    expect(logged[0]).toMatchObject({ message: expect.stringContaining("ListTables") });
  });

  test("a bug in an operation is an internal failure, with its stack in the log and not in the answer", async () => {
    const call = new ECSClient({ ...options(), maxAttempts: 1 }).send(new DescribeServicesCommand({ services: ["a"] }));
    await expect(call).rejects.toMatchObject({
      name: "InternalFailure",
      message: expect.not.stringContaining("a bug"),
      $metadata: { httpStatusCode: 500 },
    });
    expect(logged[0]).toMatchObject({ level: "ERROR", stack: expect.stringContaining("a bug") });
  });
});

const withSignature = (headers: Record<string, string>, value: string): Record<string, string> => ({
  ...headers,
  authorization: (headers.authorization ?? "").replace(/Signature=.*$/, `Signature=${value}`),
});

describe("requests by hand", () => {
  const post = (headers: Record<string, string>, body = "{}") => fetch(endpoint.url, { method: "POST", headers, body });
  const signed = (scope: string, headers: Record<string, string> = {}, body = "{}", key = "AKWORK") =>
    signedPost({ key, secret: "s", scope, host: new URL(endpoint.url).host, headers, body });
  const send = (scope: string, headers: Record<string, string> = {}, body = "{}", key = "AKWORK") =>
    post(signed(scope, headers, body, key), body);

  test("an unsigned one is refused", async () => {
    const answer = await post({ "x-amz-target": "AWSEvents.PutEvents", "content-type": "application/x-amz-json-1.1" });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ __type: "MissingAuthenticationTokenException" });
  });

  test("a presigned one is its signer's, and nobody's when it was changed", async () => {
    const { host } = new URL(endpoint.url);
    const url = presignedUrl({ key: "AKWORK", secret: "s", host }, "/b/a%20b%2Bc");
    expect(await (await fetch(url)).text()).toBe("/b/a%20b%2Bc");
    expect(asked).toMatchObject([{ resource: "arn:aws:s3:::b/a%20b%2Bc" }]);
    expect((await fetch(url.replace("/b/a", "/b/z"))).status).toBe(403);
  });

  test.each([
    ["a key without a signature", (headers: Record<string, string>) => withSignature(headers, "0")],
    ["another signature", (headers: Record<string, string>) => withSignature(headers, "0".repeat(64))],
    ["a header that was changed", (headers: Record<string, string>) => ({ ...headers, "x-amz-target": "A.Other" })],
  ])("%s proves nothing", async (_what, forge) => {
    const answer = await post(forge(signed("events", { "x-amz-target": "AWSEvents.PutEvents" })));
    expect(await answer.json()).toMatchObject({ __type: "InvalidSignatureException" });
    expect([asked.length, calls]).toEqual([0, 0]);
  });

  test.each([
    ["that was seen and is sent again later", -16 * 60_000],
    ["that was made for later", 16 * 60_000],
  ])("one %s is nobody's", async (_which, later) => {
    const host = new URL(endpoint.url).host;
    const headers = { "x-amz-target": "AWSEvents.PutEvents" };
    const at = Date.now() + later;
    const answer = await post(signedPost({ key: "AKWORK", secret: "s", scope: "events", host, headers, at }));
    expect(await answer.json()).toMatchObject({ __type: "InvalidSignatureException" });
    expect((await fetch(presignedUrl({ key: "AKWORK", secret: "s", host, at }, "/b/a"))).status).toBe(403);
    expect(calls).toBe(0);
  });

  test("a header that says what is wanted must be signed", async () => {
    const answer = await post({ ...signed("events"), "x-amz-target": "AWSEvents.PutEvents" });
    expect(await answer.json()).toMatchObject({ __type: "InvalidSignatureException" });
    expect(calls).toBe(0);
  });

  test("another body than the signed one is nobody's, whether its digest was sent or not", async () => {
    const target = { "x-amz-target": "AWSEvents.PutEvents" };
    const digest = { ...target, "x-amz-content-sha256": createHash("sha256").update("{}").digest("hex") };
    for (const headers of [target, digest]) {
      const answer = await post(signed("events", headers), '{"a":1}');
      expect(await answer.json()).toMatchObject({ __type: "InvalidSignatureException" });
    }
    expect(calls).toBe(0);
  });

  test("the body of a stranger is not waited for", async () => {
    const { port } = new URL(endpoint.url);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), "127.0.0.1", () =>
        socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{"),
      );
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk.toString();
      });
      socket.on("end", () => resolve(text));
      socket.on("error", reject);
    });
    expect(answer).toContain("MissingAuthenticationToken");
  });

  test("on whose behalf it calls is believed of an AWS service only", async () => {
    const headers = { "x-amz-target": "AWSEvents.PutEvents", "x-amz-source-arn": "arn:rule" };
    await send("events", headers, "{}", "AKEVENTS");
    await send("events", headers);
    expect(asked.map(({ context }) => context)).toEqual([{ "aws:SourceArn": "arn:rule", k: "v" }, { k: "v" }]);
  });

  test("a service that nobody registered, names of Object's own, and broken JSON are errors, not crashes", async () => {
    const target = (name: string) => ({ "x-amz-target": `AWSEvents.${name}` });
    const types = [
      await send("nothing", { "x-amz-target": "A.B" }),
      await send("events", target("constructor")),
      await send("events", target("PutEvents"), "{"),
    ].map(async (answer) => (await answer.json()) as unknown);
    expect(await Promise.all(types)).toMatchObject([
      { __type: "UnknownOperationException" },
      { __type: "UnknownOperationException" },
      { __type: "SerializationException" },
    ]);
  });

  test("an unknown or hostile query is an error in XML", async () => {
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const query = (body: string) => send("elasticloadbalancing", form, body);
    expect(await (await query("Action=Fly&Version=1")).text()).toContain("<Code>InvalidAction</Code>");
    const deep = await query(`Action=CreateRule&${"a.".repeat(5000)}b=1`);
    expect(await deep.text()).toContain("<Code>MalformedInput</Code>");
    expect((await query("Action=CreateRule&__proto__.x=1&a.member.999999999=1")).status).toBe(200);
    expect(Object.hasOwn(Object.prototype, "x")).toBe(false);
  });

  test("a body that is too large is refused", async () => {
    const body = "x".repeat(17 * 1024 * 1024);
    const answer = await send("events", { "x-amz-target": "AWSEvents.PutEvents" }, body).then(
      ({ status }) => status,
      // The answer may be lost with the connection, while the client still writes.
      () => 413,
    );
    expect(answer).toBe(413);
    expect(calls).toBe(0);
  });

  test("clients that go away in the middle hurt nobody", async () => {
    const { port } = new URL(endpoint.url);
    const leave = (text: string, how: "destroy" | "end") =>
      new Promise<void>((resolve) => {
        const socket = connect(Number(port), "127.0.0.1", () => socket.write(text, () => socket[how]()));
        socket.on("close", () => resolve());
        socket.on("error", () => socket.destroy());
        socket.resume();
      });
    const target = { "x-amz-target": "AWSEvents.PutEvents" };
    const lines = Object.entries({ host: new URL(endpoint.url).host, ...signed("events", target) });
    const head = `POST / HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}Content-Length: 100\r\n\r\n{"a"`;
    await Promise.all([
      leave(head, "destroy"),
      leave(head, "end"),
      leave("nonsense\r\n\r\n", "end"),
      leave("POST http://[ HTTP/1.1\r\nHost: x\r\n\r\n", "end"),
    ]);
    expect(calls).toBe(0);
    expect((await send("events", target)).status).toBe(200);
    expect(logged).toEqual([]);
  });
});

test("a port that is taken is an error", async () => {
  const { port } = new URL(endpoint.url);
  const again = startEndpoint({
    port: Number(port),
    identify: () => undefined,
    secretOf: () => undefined,
    authorize: () => undefined,
    log: () => {},
    randomHex: () => "",
  });
  await expect(again).rejects.toMatchObject({ code: "EADDRINUSE" });
});
