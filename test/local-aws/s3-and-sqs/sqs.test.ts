import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { newDataDir, type RunningFauxqs, startFauxqs } from "./start-fauxqs.ts";

let dataDir: string;
let running: RunningFauxqs;
beforeEach(async () => {
  dataDir = newDataDir();
  running = await startFauxqs(dataDir);
});
afterEach(() => running.close());

const send = (QueueUrl: string, MessageBody: string, rest = {}) =>
  running.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...rest }));
const receive = async (QueueUrl: string, WaitTimeSeconds = 0): Promise<Message[]> => {
  const input = { QueueUrl, WaitTimeSeconds, MaxNumberOfMessages: 10 };
  return (await running.sqs.send(new ReceiveMessageCommand(input))).Messages ?? [];
};
const bodies = async (url: string, wait = 0): Promise<string[]> =>
  (await receive(url, wait)).map(({ Body }) => Body ?? "");
const attributes = async (QueueUrl: string) =>
  (await running.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }))).Attributes ?? {};

describe("a queue", () => {
  test("hands over what was sent, until it is deleted", async () => {
    const { ref } = await running.queue("work", { VisibilityTimeout: 0 });
    await send(ref, "one");
    const [first] = await receive(ref);
    expect(first?.Body).toBe("one");
    const [again] = await receive(ref);
    await running.sqs.send(new DeleteMessageCommand({ QueueUrl: ref, ReceiptHandle: again?.ReceiptHandle }));
    expect(await receive(ref)).toEqual([]);
  });

  test("wakes who waits for a message", async () => {
    const { ref } = await running.queue("work");
    const waiting = bodies(ref, 10);
    await send(ref, "late");
    expect(await waiting).toEqual(["late"]);
  });

  test("gives a message back when its visibility is put to nothing", async () => {
    const { ref } = await running.queue("work", { VisibilityTimeout: 600 });
    await send(ref, "one");
    const [first] = await receive(ref);
    expect(await receive(ref)).toEqual([]);
    const ReceiptHandle = first?.ReceiptHandle;
    await running.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: ref, ReceiptHandle, VisibilityTimeout: 0 }));
    expect(await bodies(ref, 5)).toEqual(["one"]);
  });

  test("takes and deletes batches", async () => {
    const { ref: QueueUrl } = await running.queue("work", { VisibilityTimeout: 0 });
    const Entries = ["a", "b"].map((Id) => ({ Id, MessageBody: Id }));
    await running.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    const got = await receive(QueueUrl);
    expect(got.map(({ Body }) => Body).sort()).toEqual(["a", "b"]);
    const handles = got.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }));
    await running.sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: handles }));
    expect(await receive(QueueUrl)).toEqual([]);
  });

  test("is known by names of ours, never by the engine's", async () => {
    const dead = await running.queue("dead");
    const RedrivePolicy = { deadLetterTargetArn: dead.arn, maxReceiveCount: 3 };
    const { ref, arn, attributes: provided } = await running.queue("work", { RedrivePolicy });
    expect(ref).toBe(`${running.endpoint}/123456789012/work`);
    expect(arn).toBe("arn:aws:sqs:eu-west-1:123456789012:work");
    expect(provided).toEqual({ Arn: arn, QueueName: "work", QueueUrl: ref });
    expect((await running.sqs.send(new GetQueueUrlCommand({ QueueName: "work" }))).QueueUrl).toBe(ref);
    expect((await running.sqs.send(new ListQueuesCommand({}))).QueueUrls).toEqual([dead.ref, ref]);
    const seen = await attributes(ref);
    expect(seen.QueueArn).toBe(arn);
    expect(JSON.parse(seen.RedrivePolicy ?? "")).toEqual(RedrivePolicy);
    expect(JSON.stringify(seen)).not.toContain("000000000000");
  });

  test("that is FIFO keeps the order and drops repeats", async () => {
    const { ref } = await running.queue("steps", { FifoQueue: true, ContentBasedDeduplication: true });
    expect(ref).toMatch(/\/steps\.fifo$/);
    for (const body of ["1", "2", "2", "3"]) await send(ref, body, { MessageGroupId: "g" });
    const seen: string[] = [];
    for (let got = await receive(ref); got.length > 0; got = await receive(ref)) {
      for (const { Body, ReceiptHandle } of got) {
        seen.push(Body ?? "");
        await running.sqs.send(new DeleteMessageCommand({ QueueUrl: ref, ReceiptHandle }));
      }
    }
    expect(seen).toEqual(["1", "2", "3"]);
  });
});

describe("after a restart on another port", () => {
  test("messages, those in flight and the URL of before are good still", async () => {
    const before = await running.queue("work", { VisibilityTimeout: 1 });
    await send(before.ref, "seen");
    await receive(before.ref);
    await send(before.ref, "unseen");
    await running.close();
    running = await startFauxqs(dataDir);
    const after = await running.queue("work", { VisibilityTimeout: 1 });
    expect(after.ref).not.toBe(before.ref);
    expect(after.ref).toBe(`${running.endpoint}/123456789012/work`);
    const got = [...(await bodies(after.ref, 5)), ...(await bodies(after.ref, 5))];
    expect(new Set(got)).toEqual(new Set(["seen", "unseen"]));
  });

  test("what was being worked on when the process died is visible at once, however long its time-out", async () => {
    const before = await running.queue("work", { VisibilityTimeout: 360 });
    await send(before.ref, "half done");
    await receive(before.ref);
    await running.close();
    running = await startFauxqs(dataDir);
    const after = await running.queue("work", { VisibilityTimeout: 360 });
    expect(await bodies(after.ref)).toEqual(["half done"]);
    expect(await bodies(after.ref)).toEqual([]);
  });

  test("a delayed message still waits for its time", async () => {
    const before = await running.queue("work");
    await send(before.ref, "later", { DelaySeconds: 600 });
    await running.close();
    running = await startFauxqs(dataDir);
    expect(await bodies((await running.queue("work")).ref)).toEqual([]);
  });

  test("the template's new settings hold, and what it no longer says is as SQS assumes", async () => {
    const dead = await running.queue("dead");
    const RedrivePolicy = { deadLetterTargetArn: dead.arn, maxReceiveCount: 3 };
    const { ref } = await running.queue("work", { VisibilityTimeout: 5, RedrivePolicy });
    await send(ref, "kept");
    await running.queue("work", { VisibilityTimeout: 7 });
    const seen = await attributes(ref);
    expect(seen.VisibilityTimeout).toBe("7");
    expect(seen).not.toHaveProperty("RedrivePolicy");
    expect(await bodies(ref)).toEqual(["kept"]);
  });
});

describe("a dead-letter queue", () => {
  async function failed(): Promise<{ work: string; dead: string; deadArn: string }> {
    const dead = await running.queue("dead", { VisibilityTimeout: 0 });
    const RedrivePolicy = { deadLetterTargetArn: dead.arn, maxReceiveCount: 2 };
    const work = await running.queue("work", { VisibilityTimeout: 0, RedrivePolicy });
    await send(work.ref, "poison", { MessageAttributes: { kind: { DataType: "String", StringValue: "k" } } });
    expect(await bodies(work.ref)).toEqual(["poison"]);
    expect(await bodies(work.ref)).toEqual(["poison"]);
    expect(await bodies(work.ref)).toEqual([]);
    return { work: work.ref, dead: dead.ref, deadArn: dead.arn };
  }

  test("gets what was received too often", async () => {
    const { dead } = await failed();
    expect(await bodies(dead)).toEqual(["poison"]);
  });

  test("gives it back to where it failed, attributes and all", async () => {
    const { work, dead, deadArn } = await failed();
    const started = await running.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: deadArn }));
    expect(started.TaskHandle).toEqual(expect.any(String));
    const input = { QueueUrl: work, WaitTimeSeconds: 5, MessageAttributeNames: ["All"] };
    const { Messages } = await running.sqs.send(new ReceiveMessageCommand(input));
    expect(Messages).toMatchObject([{ Body: "poison", MessageAttributes: { kind: { StringValue: "k" } } }]);
    expect(running.asked).toContain(`worker sqs:StartMessageMoveTask ${deadArn}`);
    await running.close();
    running = await startFauxqs(dataDir);
    expect(await receive(dead.replace(/^http:\/\/[^/]+/, running.endpoint))).toEqual([]);
  });

  test.each([
    ["that does not exist", "arn:aws:sqs:eu-west-1:123456789012:nowhere", "ResourceNotFoundException"],
    ["that no queue uses", "arn:aws:sqs:eu-west-1:123456789012:work", "InvalidParameterValue"],
  ])("%s has nothing to give back", async (_what, SourceArn, name) => {
    await running.queue("work");
    await expect(running.sqs.send(new StartMessageMoveTaskCommand({ SourceArn }))).rejects.toMatchObject({ name });
  });
});

describe("a call", () => {
  test("that IAM denies says so in SQS's own words", async () => {
    const { ref, arn } = await running.queue("work");
    running.deny("sqs:SendMessage");
    await expect(send(ref, "no")).rejects.toMatchObject({ name: "AccessDenied", $metadata: { httpStatusCode: 403 } });
    const Entries = [{ Id: "a", MessageBody: "no" }];
    const batch = new SendMessageBatchCommand({ QueueUrl: ref, Entries });
    await expect(running.sqs.send(batch)).rejects.toMatchObject({ name: "AccessDenied" });
    expect(running.asked).toEqual(Array(2).fill(`worker sqs:SendMessage ${arn}`));
    expect(await receive(ref)).toEqual([]);
  });

  test("to a queue that is not there is QueueDoesNotExist", async () => {
    const url = `${running.endpoint}/123456789012/nowhere`;
    await expect(send(url, "?")).rejects.toMatchObject({ name: "QueueDoesNotExist" });
  });

  test("of an operation that is not there is unknown, and does nothing", async () => {
    const { ref } = await running.queue("work");
    await send(ref, "kept");
    const purge = running.sqs.send(new PurgeQueueCommand({ QueueUrl: ref }));
    await expect(purge).rejects.toMatchObject({ name: "UnknownOperationException" });
    expect(await bodies(ref)).toEqual(["kept"]);
  });
});

test("messages come twice now and then, but never from a FIFO queue", async () => {
  await running.close();
  running = await startFauxqs(dataDir, { duplicateOneIn: 1 });
  const { ref } = await running.queue("work");
  await send(ref, "one");
  await running.sqs.send(new SendMessageBatchCommand({ QueueUrl: ref, Entries: [{ Id: "a", MessageBody: "two" }] }));
  expect((await bodies(ref)).sort()).toEqual(["one", "one", "two", "two"]);
  const fifo = await running.queue("steps", { FifoQueue: true });
  await send(fifo.ref, "once", { MessageGroupId: "g", MessageDeduplicationId: "d" });
  expect(await bodies(fifo.ref)).toEqual(["once"]);
});
