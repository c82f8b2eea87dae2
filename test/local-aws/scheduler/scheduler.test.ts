import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createScheduler, minutesOf } from "@slipway/local-aws/services/scheduler/scheduler";
import { temporaryDirectory } from "../support/files.ts";
import { functions } from "../support/functions.ts";
import { type LocalAws, resource, startLocalAws } from "../support/local-aws.ts";
import { QUEUES_AT, type Queues, queueArn, startQueues } from "../support/queues.ts";
import { eventually } from "../support/wait.ts";

let directory: ReturnType<typeof temporaryDirectory>;
let aws: LocalAws;
let queues: Queues;
let scheduler: ReturnType<typeof createScheduler>;
const invoke = functions();

beforeEach(async () => {
  directory = temporaryDirectory();
  aws = await startLocalAws({ dataDir: directory.path, ...QUEUES_AT });
  queues = await startQueues(aws);
  await queues.create("work");
  scheduler = createScheduler(aws.context, { invoke, minuteMs: 60 });
});
afterEach(async () => {
  await scheduler.close();
  await queues.close();
  await aws.close();
  directory.remove();
});

const RoleArn = "arn:aws:iam::000000000000:role/sweep";
const ensure = async (
  ScheduleExpression: string,
  Target: Readonly<Record<string, unknown>>,
  State = "ENABLED",
  Name = "sweep",
) =>
  await scheduler.providers[0]?.ensure(
    resource("AWS::Scheduler::Schedule", "Sweep", {
      Name,
      ScheduleExpression,
      FlexibleTimeWindow: { Mode: "OFF" },
      State,
      Target: { RoleArn, ...Target },
    }),
  );

test("a schedule sends its input each period with its role, the first time one period after the start", async () => {
  const made = await ensure("rate(2 minutes)", { Arn: queueArn("work"), Input: '{"type":"sweep"}' });
  const arn = "arn:aws:scheduler:us-east-1:000000000000:schedule/default/sweep";
  expect(made).toEqual({ ref: "sweep", attributes: { Arn: arn } });
  const began = Date.now();
  await scheduler.start?.();
  expect(await queues.left("work")).toBe(0);
  const seen: string[] = [];
  await eventually(async () => {
    seen.push(...(await queues.take("work")));
    expect(seen.length).toBeGreaterThanOrEqual(2);
  });
  expect(Date.now() - began).toBeGreaterThanOrEqual(2 * 2 * 60 - 5);
  expect(seen[0]).toBe('{"type":"sweep"}');
  expect(aws.asked).toContain(`${arn} sqs:SendMessage ${queueArn("work")}`);
});

test("a disabled schedule never fires", async () => {
  await ensure("rate(1 minute)", { Arn: queueArn("work") }, "DISABLED", "off");
  await ensure("rate(3 minutes)", { Arn: queueArn("work"), Input: "{}" });
  await scheduler.start?.();
  await eventually(async () => expect(await queues.take("work")).toEqual(["{}"]));
});

test("a function without an input of its own gets Scheduler's event", async () => {
  const Arn = "arn:aws:lambda:us-east-1:000000000000:function:sweep";
  await ensure("rate(1 minute)", { Arn });
  await scheduler.start?.();
  await eventually(() =>
    expect(invoke.calls[0]?.payload).toMatchObject({ source: "aws.scheduler", "detail-type": "Scheduled Event" }),
  );
});

test("rates are read, anything else is an error that names it", async () => {
  expect([minutesOf("rate(1 minute)"), minutesOf("rate(3 hours)"), minutesOf("rate(2 days)")]).toEqual([1, 180, 2880]);
  expect(() => minutesOf("cron(0 12 * * ? *)")).toThrow("cron(0 12 * * ? *)");
  expect(() => minutesOf("rate(0 minutes)")).toThrow("positive");
  await expect(
    ensure("rate(1 minute)", { Arn: "arn:aws:states:us-east-1:000000000000:stateMachine:x" }),
  ).rejects.toThrow("stateMachine:x");
});
