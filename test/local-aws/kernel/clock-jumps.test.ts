import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { ageOf } from "@slipway/local-aws/kernel/age";
import type { Clock } from "@slipway/local-aws/kernel/clock";
import { createScheduler } from "@slipway/local-aws/services/scheduler/scheduler";
import { startDynamoDb } from "../dynamodb/start-dynamodb.ts";
import { startFauxqs } from "../s3-and-sqs/start-fauxqs.ts";
import { functions } from "../support/functions.ts";
import { resource, startLocalAws } from "../support/local-aws.ts";
import { eventually } from "../support/wait.ts";

const hour = 3_600_000;
const realNow = Date.now;
/** The wall clock of this process, as an operator or a time server sets it; the monotonic one goes on. */
const setClock = (ms: number): void => {
  Date.now = () => realNow() + ms;
};

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "slipway-clock-"));
});
afterEach(() => {
  setClock(0);
  rmSync(dir, { recursive: true, force: true });
});

describe("how long ago an instant is", () => {
  const clockAt = (start: number) => {
    let [wall, elapsed] = [start, 0];
    const clock: Clock = { now: () => wall, elapsed: () => elapsed, after: () => () => undefined };
    return {
      clock,
      pass: (ms: number) => ([wall, elapsed] = [wall + ms, elapsed + ms]),
      jump: (ms: number) => (wall += ms),
    };
  };

  test.each([-hour, hour])("follows the monotonic clock over a jump of %d ms", (jump) => {
    const { clock, pass, jump: jumps } = clockAt(10 * hour);
    const instant = clock.now();
    expect(ageOf(clock, instant)).toBe(0);
    pass(1000);
    jumps(jump);
    pass(500);
    expect(ageOf(clock, instant)).toBe(1500);
  });

  test("is what the wall clock says of those from before this process, and nothing for those in the future", () => {
    const { clock, pass } = clockAt(10 * hour);
    expect(ageOf(clock, 9 * hour)).toBe(hour);
    expect(ageOf(clock, 11 * hour)).toBe(0);
    pass(1000);
    expect(ageOf(clock, 11 * hour)).toBe(1000);
  });
});

describe("after the clock went back an hour", () => {
  test("messages that wait and messages in flight come when they would have come", async () => {
    const { sqs, queue, close } = await startFauxqs(dir);
    try {
      const { ref: QueueUrl } = await queue("work", { VisibilityTimeout: 4 });
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "in flight" }));
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "delayed", DelaySeconds: 4 }));
      expect((await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages).toHaveLength(1);
      setClock(-hour);
      const bodies = new Set<string>();
      await eventually(async () => {
        const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
        for (const { Body } of Messages) bodies.add(Body ?? "");
        expect([...bodies].sort()).toEqual(["delayed", "in flight"]);
      }, 30_000);
    } finally {
      await close();
    }
  });

  test("schedules go on", async () => {
    const aws = await startLocalAws({ dataDir: dir });
    const invoke = functions();
    const scheduler = createScheduler(aws.context, { invoke, minuteMs: 200 });
    try {
      await scheduler.providers[0]?.ensure(
        resource("AWS::Scheduler::Schedule", "Sweep", {
          Name: "sweep",
          ScheduleExpression: "rate(1 minutes)",
          FlexibleTimeWindow: { Mode: "OFF" },
          State: "ENABLED",
          Target: {
            Arn: "arn:aws:lambda:us-east-1:000000000000:function:sweep",
            RoleArn: "arn:aws:iam::000000000000:role/sweep",
            Input: "{}",
          },
        }),
      );
      await scheduler.start?.();
      await eventually(async () => expect(invoke.calls.length).toBeGreaterThan(0));
      setClock(-hour);
      const before = invoke.calls.length;
      await eventually(async () => expect(invoke.calls.length).toBeGreaterThan(before + 2));
    } finally {
      await scheduler.close();
      await aws.close();
    }
  });

  test("indexes see what was written", async () => {
    const { dynamodb, close } = await startDynamoDb(dir, { indexDelayMs: 300 });
    const put = (n: number) =>
      dynamodb.send(
        new PutItemCommand({
          TableName: "slipway-deployments",
          Item: { deployment_id: { N: String(n) }, item: { S: "state" }, stage: { S: "pending" } },
        }),
      );
    try {
      await put(1);
      setClock(-hour);
      await put(2);
      await eventually(async () => {
        const { Items = [] } = await dynamodb.send(
          new QueryCommand({
            TableName: "slipway-deployments",
            IndexName: "by_stage",
            KeyConditionExpression: "stage = :stage",
            ExpressionAttributeValues: { ":stage": { S: "pending" } },
          }),
        );
        expect(Items).toHaveLength(2);
      });
    } finally {
      await close();
    }
  });
});
