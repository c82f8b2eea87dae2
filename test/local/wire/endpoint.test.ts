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
import { type Endpoint, startEndpoint } from "../../../lib/local/wire/endpoint.ts";
import {
  AwsError,
  type AwsService,
  type Caller,
  type Operation,
  type Permission,
} from "../../../lib/local/wire/service.ts";

let endpoint: Endpoint;
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

describe("requests by hand", () => {
  const signed = (scope: string, key = "AKWORK") =>
    `AWS4-HMAC-SHA256 Credential=${key}/20260101/eu-west-1/${scope}/aws4_request, SignedHeaders=host, Signature=0`;
  const post = (headers: Record<string, string>, body = "{}") => fetch(endpoint.url, { method: "POST", headers, body });

  test("an unsigned one is told so", async () => {
    const answer = await post({ "x-amz-target": "AWSEvents.PutEvents", "content-type": "application/x-amz-json-1.1" });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ __type: "MissingAuthenticationTokenException" });
  });

  test("a presigned one is its signer's", async () => {
    const answer = await fetch(
      `${endpoint.url}/b/k?X-Amz-Credential=${encodeURIComponent("AKWORK/20260101/eu-west-1/s3/aws4_request")}`,
    );
    expect(await answer.text()).toBe("/b/k");
    expect(asked).toMatchObject([{ resource: "arn:aws:s3:::b/k" }]);
  });

  test("on whose behalf it calls is believed of an AWS service only", async () => {
    const headers = (key: string) => ({
      authorization: signed("events", key),
      "x-amz-target": "AWSEvents.PutEvents",
      "x-amz-source-arn": "arn:rule",
    });
    await post(headers("AKEVENTS"));
    await post(headers("AKWORK"));
    expect(asked.map(({ context }) => context)).toEqual([{ "aws:SourceArn": "arn:rule", k: "v" }, { k: "v" }]);
  });

  test("a service that nobody registered, names of Object's own, and broken JSON are errors, not crashes", async () => {
    const target = (name: string) => ({ authorization: signed("events"), "x-amz-target": `AWSEvents.${name}` });
    const types = [
      await post({ authorization: signed("nothing"), "x-amz-target": "A.B" }),
      await post(target("constructor")),
      await post(target("PutEvents"), "{"),
    ].map(async (answer) => (await answer.json()) as unknown);
    expect(await Promise.all(types)).toMatchObject([
      { __type: "UnknownOperationException" },
      { __type: "UnknownOperationException" },
      { __type: "SerializationException" },
    ]);
  });

  test("an unknown or hostile query is an error in XML", async () => {
    const form = { authorization: signed("elasticloadbalancing"), "content-type": "application/x-www-form-urlencoded" };
    expect(await (await post(form, "Action=Fly&Version=1")).text()).toContain("<Code>InvalidAction</Code>");
    expect(await (await post(form, `Action=CreateRule&${"a.".repeat(5000)}b=1`)).text()).toContain(
      "<Code>MalformedInput</Code>",
    );
    expect((await post(form, "Action=CreateRule&__proto__.x=1&a.member.999999999=1")).status).toBe(200);
    expect(Object.hasOwn(Object.prototype, "x")).toBe(false);
  });

  test("a body that is too large is refused", async () => {
    const answer = await post(
      { authorization: signed("events"), "x-amz-target": "AWSEvents.PutEvents" },
      "x".repeat(17 * 1024 * 1024),
    ).then(
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
    const head = `POST / HTTP/1.1\r\nHost: x\r\nAuthorization: ${signed("events")}\r\nX-Amz-Target: AWSEvents.PutEvents\r\nContent-Length: 100\r\n\r\n{"a"`;
    await Promise.all([
      leave(head, "destroy"),
      leave(head, "end"),
      leave("nonsense\r\n\r\n", "end"),
      leave("POST http://[ HTTP/1.1\r\nHost: x\r\n\r\n", "end"),
    ]);
    expect(calls).toBe(0);
    expect((await post({ authorization: signed("events"), "x-amz-target": "AWSEvents.PutEvents" })).status).toBe(200);
    expect(logged).toEqual([]);
  });
});

test("a port that is taken is an error", async () => {
  const { port } = new URL(endpoint.url);
  const again = startEndpoint({
    port: Number(port),
    identify: () => undefined,
    authorize: () => undefined,
    log: () => {},
    randomHex: () => "",
  });
  await expect(again).rejects.toMatchObject({ code: "EADDRINUSE" });
});
