import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { LocalPart } from "@slipway/local-aws/kernel/part";
import { createEventSources } from "@slipway/local-aws/services/eventsources/eventsources";
import { temporaryDirectory } from "../support/files.ts";
import { type Functions, functions, Throttled } from "../support/functions.ts";
import { type LocalAws, resource, startLocalAws } from "../support/local-aws.ts";
import { QUEUES_AT, type Queues, queueArn, startQueues } from "../support/queues.ts";
import { eventually, waitFor } from "../support/wait.ts";

let directory: ReturnType<typeof temporaryDirectory>;
let aws: LocalAws;
let queues: Queues;
let invoke: Functions;
let part: LocalPart;

interface QueueEvent {
  readonly Records: readonly {
    readonly messageId: string;
    readonly body: string;
    readonly attributes: Record<string, string>;
  }[];
}
const bodies = (payload: unknown) => (payload as QueueEvent).Records.map(({ body }) => body);

beforeEach(async () => {
  directory = temporaryDirectory();
  aws = await startLocalAws({ dataDir: directory.path, ...QUEUES_AT });
  queues = await startQueues(aws);
  invoke = functions();
  part = createEventSources(aws.context, { invoke, retryVisibilitySeconds: 0 });
  await queues.create("work");
});
afterEach(async () => {
  await part.close();
  await queues.close();
  await aws.close();
  directory.remove();
});

async function begin(more: Readonly<Record<string, unknown>> = {}) {
  await ensure(more);
  await part.start?.();
}
const ensure = async (more: Readonly<Record<string, unknown>>) =>
  await part.providers[0]?.ensure(
    resource("AWS::Lambda::EventSourceMapping", "Work", {
      EventSourceArn: queueArn("work"),
      FunctionName: "queue-to-work",
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      ...more,
    }),
  );
const empty = () => eventually(async () => expect(await queues.left("work")).toBe(0));

test("a message reaches the function in Lambda's shape, as the function's role, and is deleted", async () => {
  await begin();
  await queues.send("work", '{"type":"sweep"}');
  await empty();
  expect(invoke.calls).toHaveLength(1);
  expect(invoke.calls[0]).toMatchObject({
    name: "queue-to-work",
    payload: {
      Records: [
        {
          messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          receiptHandle: expect.any(String),
          body: '{"type":"sweep"}',
          attributes: { ApproximateReceiveCount: "1", SentTimestamp: expect.stringMatching(/^\d{13}$/) },
          messageAttributes: {},
          md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
          eventSource: "aws:sqs",
          eventSourceARN: queueArn("work"),
          awsRegion: "us-east-1",
        },
      ],
    },
  });
  const asked = new Set(aws.asked.filter((one) => one.startsWith("queue-to-work")));
  expect(asked).toEqual(
    new Set(
      ["GetQueueAttributes", "ReceiveMessage", "DeleteMessageBatch"].map(
        (action) => `queue-to-work sqs:${action} ${queueArn("work")}`,
      ),
    ),
  );
});

test("a waiting receive is answered at once: sent to invoked takes milliseconds, not a poll's period", async () => {
  await begin();
  await queues.send("work", "first");
  await empty();
  const waits: number[] = [];
  for (let n = 0; n < 9; n++) {
    const sent = Date.now();
    await queues.send("work", `${n}`);
    const call = await eventually(() => {
      const found = invoke.calls.find(({ payload }) => bodies(payload).includes(`${n}`));
      if (found === undefined) throw new Error("not yet");
      return found;
    });
    waits.push(call.at - sent);
  }
  // With a poll each would wait for the rest of its period, a second. The best of many, since the machine has other things to do.
  expect(Math.min(...waits)).toBeLessThan(500);
});

test("only what the function reports as failed comes again", async () => {
  const seen: string[] = [];
  invoke.on("queue-to-work", (payload) => {
    const records = (payload as QueueEvent).Records;
    seen.push(...records.map(({ body }) => body));
    const failed = records.filter(
      ({ body, attributes }) => body === "bad" && attributes.ApproximateReceiveCount === "1",
    );
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  });
  for (const body of ["a", "bad", "b"]) await queues.send("work", body);
  await begin();
  await empty();
  expect(seen.sort()).toEqual(["a", "b", "bad", "bad"]);
});

test.each([
  ["throws", () => Promise.reject(new Error("no"))],
  ["reports an item that is not in the batch", () => ({ batchItemFailures: [{ itemIdentifier: "nobody" }] })],
  ["answers in another shape", () => ({ batchItemFailures: [{ id: "x" }] })],
])("a whole batch fails when the function %s, and ends in the dead-letter queue", async (_name, run) => {
  await queues.create("letters");
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: queueArn("letters"), maxReceiveCount: 2 });
  await queues.create("strict", { RedrivePolicy });
  invoke.on("queue-to-work", run);
  await begin({ EventSourceArn: queueArn("strict") });
  await queues.send("strict", "poison");
  await eventually(async () => expect(await queues.left("letters")).toBe(1));
  expect(invoke.calls).toHaveLength(2);
});

test("what no filter wants is deleted unseen", async () => {
  const Pattern = JSON.stringify({ body: { type: ["look", "sweep"] } });
  for (const body of ['{"type":"other"}', '{"type":"look"}', "no json"]) await queues.send("work", body);
  await begin({ FilterCriteria: { Filters: [{ Pattern }] } });
  await empty();
  expect(invoke.calls.flatMap(({ payload }) => bodies(payload))).toEqual(['{"type":"look"}']);
});

test("no more invocations run at once than the mapping allows", async () => {
  let running = 0;
  let most = 0;
  invoke.on("queue-to-work", async () => {
    most = Math.max(most, ++running);
    await waitFor(() => most >= 2, "two run at once");
    await new Promise((resolve) => setTimeout(resolve, 30));
    running--;
  });
  for (let n = 0; n < 8; n++) await queues.send("work", `${n}`);
  await begin({ BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } });
  await empty();
  expect(invoke.calls).toHaveLength(8);
  expect(most).toBe(2);
});

test("a batching window gathers more than one receive can", async () => {
  for (let n = 0; n < 15; n++) await queues.send("work", `${n}`);
  await begin({ BatchSize: 20, MaximumBatchingWindowInSeconds: 1 });
  await empty();
  expect(invoke.calls.map(({ payload }) => bodies(payload).length)).toEqual([15]);
});

test("a missing grant is an error in the log, once, and work goes on when it is there", async () => {
  aws.deny(({ action }) => action === "sqs:ReceiveMessage");
  await begin();
  await queues.send("work", "later");
  const loud = () => aws.logged.filter(({ stream, entry }) => stream === "eventsources" && entry.level === "ERROR");
  await eventually(() => expect(aws.asked.filter((one) => one.includes("ReceiveMessage")).length).toBeGreaterThan(2));
  expect(loud().map(({ entry }) => String(entry.message))).toEqual([expect.stringContaining("sqs:ReceiveMessage")]);
  aws.deny(() => false);
  await empty();
});

test("what is not supported is an error that names it", async () => {
  await expect(ensure({ ParallelizationFactor: 2 })).rejects.toThrow("ParallelizationFactor");
  await expect(ensure({ TumblingWindowInSeconds: 5 })).rejects.toThrow("TumblingWindow");
  await expect(ensure({ EventSourceArn: "arn:aws:kinesis:us-east-1:000000000000:stream/x" })).rejects.toThrow(
    "kinesis",
  );
  const Pattern = JSON.stringify({ body: [{ regex: "x" }] });
  await expect(ensure({ FilterCriteria: { Filters: [{ Pattern }] } })).rejects.toThrow("regex");
});

test("a batch that finds no free execution is kept and not received again", async () => {
  let busy = 3;
  const received: string[] = [];
  invoke.on("queue-to-work", (payload) => {
    if (busy-- > 0) throw new Throttled();
    received.push(...(payload as QueueEvent).Records.map(({ attributes }) => attributes.ApproximateReceiveCount ?? ""));
  });
  await begin();
  await queues.send("work", "once");
  await empty();
  expect(received).toEqual(["1"]);
});
