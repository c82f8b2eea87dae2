import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { LocalPart } from "@slipway/local-aws/kernel/part";
import { createDynamoDb, type DynamoDb } from "@slipway/local-aws/services/dynamodb/index";
import { createEventSources } from "@slipway/local-aws/services/eventsources/eventsources";
import { temporaryDirectory } from "../support/files.ts";
import { type Functions, functions } from "../support/functions.ts";
import { type LocalAws, resource, startLocalAws } from "../support/local-aws.ts";
import { QUEUES_AT, type Queues, queueArn, startQueues } from "../support/queues.ts";
import { eventually } from "../support/wait.ts";

let directory: ReturnType<typeof temporaryDirectory>;
let aws: LocalAws;
let queues: Queues;
let invoke: Functions;
let tables: DynamoDb;
let part: LocalPart;
let streamArn: string;
let client: DynamoDBClient;

interface StreamRecord {
  readonly eventName: string;
  readonly dynamodb: { readonly SequenceNumber: string; readonly NewImage: { readonly n: { readonly N: string } } };
}
const recordsOf = (payload: unknown) => (payload as { Records: StreamRecord[] }).Records;
const numberOf = (record: StreamRecord) => Number(record.dynamodb.NewImage.n.N);
const numbers = (payload: unknown) => recordsOf(payload).map(numberOf);
const batches = () => invoke.calls.map(({ payload }) => numbers(payload));

const table = {
  TableName: "deployments",
  AttributeDefinitions: [{ AttributeName: "n", AttributeType: "N" }],
  KeySchema: [{ AttributeName: "n", KeyType: "HASH" }],
  BillingMode: "PAY_PER_REQUEST",
  StreamSpecification: { StreamViewType: "NEW_AND_OLD_IMAGES" },
};

async function boot() {
  aws = await startLocalAws({ dataDir: directory.path, ...QUEUES_AT });
  queues = await startQueues(aws);
  await queues.create("discarded");
  invoke = functions();
  tables = await createDynamoDb(aws.context, { indexDelayMs: 0 });
  aws.register(...tables.services);
  const provider = tables.providers.find(({ type }) => type === "AWS::DynamoDB::Table");
  const made = await provider?.ensure(resource("AWS::DynamoDB::Table", "Deployments", table));
  streamArn = made?.attributes?.StreamArn ?? "";
  part = createEventSources(aws.context, { invoke, onRecords: tables.onRecords });
  client = new DynamoDBClient(aws.client("test"));
}
async function halt() {
  await part.close();
  await tables.close();
  await queues.close();
  await aws.close();
}
beforeEach(async () => {
  directory = temporaryDirectory();
  await boot();
});
afterEach(async () => {
  await halt();
  directory.remove();
});

async function begin(more: Readonly<Record<string, unknown>> = {}) {
  await part.providers[0]?.ensure(
    resource("AWS::Lambda::EventSourceMapping", "Rows", {
      EventSourceArn: streamArn,
      FunctionName: "rows-to-bus",
      StartingPosition: "TRIM_HORIZON",
      ...more,
    }),
  );
  await part.start?.();
}
async function write(...rows: number[]) {
  for (const n of rows) {
    await client.send(
      new PutItemCommand({ TableName: "deployments", Item: { n: { N: `${n}` }, kind: { S: n % 2 ? "odd" : "even" } } }),
    );
  }
}
const discarded = () =>
  eventually(async () => {
    const [body] = await queues.take("discarded");
    if (body === undefined) throw new Error("nothing was discarded yet");
    return JSON.parse(body);
  });

test("a stream without records is asked about once a second, and at once when it has some", async () => {
  await begin();
  await write(1);
  await eventually(() => expect(batches().flat()).toEqual([1]));
  const reads = () => aws.asked.filter((one) => one.includes("GetRecords")).length;
  const before = reads();
  const begun = performance.now();
  await new Promise((resume) => setTimeout(resume, 3000));
  expect(reads() - before).toBeLessThanOrEqual(3 + (performance.now() - begun) / 1000);
  for (const n of [2, 3, 4, 5]) {
    await write(n);
    await eventually(() => expect(batches().flat()).toContain(n));
  }
});

test("records reach the function in Lambda's shape, in order, as the function's role", async () => {
  await begin();
  await write(1, 2, 3);
  await eventually(() => expect(batches().flat()).toEqual([1, 2, 3]));
  expect(recordsOf(invoke.calls[0]?.payload)[0]).toMatchObject({
    eventID: expect.any(String),
    eventName: "INSERT",
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: "us-east-1",
    eventSourceARN: streamArn,
    dynamodb: {
      ApproximateCreationDateTime: expect.any(Number),
      Keys: { n: { N: "1" } },
      NewImage: { n: { N: "1" }, kind: { S: "odd" } },
      SequenceNumber: expect.stringMatching(/^\d+$/),
      SizeBytes: expect.any(Number),
      StreamViewType: "NEW_AND_OLD_IMAGES",
    },
  });
  const asked = aws.asked.filter((one) => one.startsWith("rows-to-bus")).map((one) => one.split(" ")[1]);
  expect(new Set(asked)).toEqual(
    new Set(["ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"].map((action) => `dynamodb:${action}`)),
  );
});

test("what no filter wants is skipped and never looked at again", async () => {
  const Pattern = JSON.stringify({ eventName: ["INSERT"], dynamodb: { NewImage: { kind: { S: ["odd"] } } } });
  await begin({ FilterCriteria: { Filters: [{ Pattern }] } });
  await write(1, 2, 3, 4);
  await eventually(() => expect(batches().flat()).toEqual([1, 3]));
});

test("after a restart reading goes on after the last batch that was done", async () => {
  await begin();
  await write(1, 2);
  await eventually(() => expect(batches().flat()).toEqual([1, 2]));
  await halt();
  await boot();
  await write(3);
  await begin();
  await eventually(() => expect(batches()).toEqual([[3]]));
});

test("a batch that was not done when the process ended comes again as a whole, and no other", async () => {
  await write(1, 2, 3);
  invoke.on("rows-to-bus", (payload) => {
    if (numbers(payload).includes(2)) return new Promise(() => undefined);
  });
  await begin({ BatchSize: 1 });
  await eventually(() => expect(batches()).toEqual([[1], [2]]));
  await halt();
  await boot();
  await begin({ BatchSize: 1 });
  await eventually(() => expect(batches()).toEqual([[2], [3]]));
});

test("LATEST begins with what comes after the first start, and means only that one", async () => {
  await write(1);
  await begin({ StartingPosition: "LATEST" });
  await eventually(() => expect(aws.asked.some((one) => one.includes("dynamodb:GetRecords"))).toBe(true));
  await halt();
  await boot();
  await write(2);
  await begin({ StartingPosition: "LATEST" });
  await eventually(() => expect(batches().flat()).toContain(2));
});

test("bisection finds the poison record: it alone goes to the destination, the rest is done, in order", async () => {
  await write(1, 2, 3, 4, 5, 6);
  const done: number[] = [];
  invoke.on("rows-to-bus", (payload) => {
    if (numbers(payload).includes(4)) throw new Error("poison");
    done.push(...numbers(payload));
  });
  await begin({
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: 1,
    DestinationConfig: { OnFailure: { Destination: queueArn("discarded") } },
  });
  const message = await discarded();
  await eventually(() => expect(done).toEqual([1, 2, 3, 5, 6]));
  const poison = invoke.calls
    .map(({ payload }) => recordsOf(payload))
    .find((batch) => batch.length === 1 && batch.map(numberOf).includes(4))?.[0];
  expect(message).toMatchObject({
    requestContext: {
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      functionArn: "arn:aws:lambda:us-east-1:000000000000:function:rows-to-bus",
      condition: "RetryAttemptsExhausted",
    },
    responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
    version: "1.0",
    DDBStreamBatchInfo: {
      shardId: expect.stringMatching(/^shardId-/),
      startSequenceNumber: poison?.dynamodb.SequenceNumber,
      endSequenceNumber: poison?.dynamodb.SequenceNumber,
      batchSize: 1,
      streamArn,
    },
  });
  expect(invoke.calls.filter(({ payload }) => numbers(payload).join() === "4")).toHaveLength(2);
});

test("without bisection the whole batch is discarded after its retries", async () => {
  await write(1, 2);
  invoke.on("rows-to-bus", (payload) => {
    if (numbers(payload).includes(1)) throw new Error("poison");
  });
  await begin({ MaximumRetryAttempts: 0, DestinationConfig: { OnFailure: { Destination: queueArn("discarded") } } });
  expect((await discarded()).DDBStreamBatchInfo.batchSize).toBe(2);
  await write(3);
  await eventually(() => expect(batches()).toEqual([[1, 2], [3]]));
});

test("reported failures: reading goes on at the lowest failed record", async () => {
  await write(1, 2, 3, 4);
  let first = true;
  invoke.on("rows-to-bus", (payload) => {
    const failed = first
      ? recordsOf(payload)
          .filter((record) => numberOf(record) > 2)
          .toReversed()
      : [];
    first = false;
    return { batchItemFailures: failed.map(({ dynamodb }) => ({ itemIdentifier: dynamodb.SequenceNumber })) };
  });
  await begin({ FunctionResponseTypes: ["ReportBatchItemFailures"] });
  await eventually(() =>
    expect(batches()).toEqual([
      [1, 2, 3, 4],
      [3, 4],
    ]),
  );
});

test("a batching window gathers records until it closes or the batch is full", async () => {
  await begin({ MaximumBatchingWindowInSeconds: 5, BatchSize: 3 });
  await write(1, 2, 3, 4, 5, 6);
  await eventually(() =>
    expect(batches()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]),
  );
});

test("a missing grant is an error in the log, once, and reading goes on when it is there", async () => {
  aws.deny(({ action }) => action === "dynamodb:GetRecords");
  await begin();
  await write(1);
  await eventually(() => expect(aws.asked.filter((one) => one.includes("GetRecords")).length).toBeGreaterThan(2));
  const loud = aws.logged.filter(({ stream, entry }) => stream === "eventsources" && entry.level === "ERROR");
  expect(loud.map(({ entry }) => String(entry.message))).toEqual([expect.stringContaining("dynamodb:GetRecords")]);
  aws.deny(() => false);
  await eventually(() => expect(batches()).toEqual([[1]]));
});
