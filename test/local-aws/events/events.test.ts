import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createEvents } from "@slipway/local-aws/services/events/events";
import { temporaryDirectory } from "../support/files.ts";
import { type Functions, functions } from "../support/functions.ts";
import { type LocalAws, resource, startLocalAws } from "../support/local-aws.ts";
import { QUEUES_AT, type Queues, queueArn, startQueues } from "../support/queues.ts";
import { eventually } from "../support/wait.ts";

let directory: ReturnType<typeof temporaryDirectory>;
let aws: LocalAws;
let queues: Queues;
let events: ReturnType<typeof createEvents>;
let invoke: Functions;
let client: EventBridgeClient;

async function boot() {
  aws = await startLocalAws({ dataDir: directory.path, ...QUEUES_AT });
  queues = await startQueues(aws);
  invoke = functions();
  events = createEvents(aws.context, { invoke });
  aws.register(...events.services);
  client = new EventBridgeClient(aws.client("rows-to-bus"));
  for (const name of ["target", "letters"]) await queues.create(name);
}
async function halt() {
  await events.close();
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

const ensure = async (type: string, id: string, properties: Readonly<Record<string, unknown>>) =>
  await events.providers.find((provider) => provider.type === type)?.ensure(resource(type, id, properties));
const rule = (Targets: unknown, more: Readonly<Record<string, unknown>> = {}) =>
  ensure("AWS::Events::Rule", "Rule", { EventPattern: { source: ["slipway"] }, Targets, ...more });
const toQueue = { Id: "q", Arn: queueArn("target"), InputPath: "$.detail" };

const put = (...Entries: Readonly<Record<string, string>>[]) =>
  client.send(
    new PutEventsCommand({
      Entries: Entries.map((entry) => ({ Source: "slipway", DetailType: "changed", Detail: '{"n":1}', ...entry })),
    }),
  );
const delivered = (name: string, count: number) => {
  const seen: string[] = [];
  return eventually(async () => {
    seen.push(...(await queues.take(name)));
    expect(seen.length).toBeGreaterThanOrEqual(count);
    return seen;
  });
};

test("an event that fits a rule reaches its queue, on behalf of that rule; others do not", async () => {
  const made = await rule([toQueue]);
  await events.start?.();
  await put({ Detail: '{"n":1}' }, { Source: "else", Detail: '{"n":2}' });
  expect(await delivered("target", 1)).toEqual(['{"n":1}']);
  expect(queues.sources).toEqual(["arn:aws:events:us-east-1:000000000000:rule/slipway-Rule"]);
  expect(made).toEqual({ ref: "slipway-Rule", attributes: { Arn: queues.sources[0] } });
  expect(aws.asked).toContain(`events.amazonaws.com sqs:SendMessage ${queueArn("target")}`);
});

test("each entry is accepted or refused by itself", async () => {
  const answer = await put(
    {},
    { Detail: "no json" },
    { Source: "aws.ecs" },
    { EventBusName: "none" },
    { DetailType: "" },
  );
  expect(answer.FailedEntryCount).toBe(4);
  expect(answer.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
    undefined,
    "MalformedDetail",
    "NotAuthorizedForSource",
    "ResourceNotFoundException",
    "InvalidArgument",
  ]);
  expect(answer.Entries?.[0]?.EventId).toMatch(/^[0-9a-f-]{36}$/);
});

test("too many or too large entries are refused together", async () => {
  const eleven = Array.from({ length: 11 }, () => ({}));
  await expect(put(...eleven)).rejects.toMatchObject({ name: "ValidationException" });
  const big = { Detail: JSON.stringify({ x: "x".repeat(600_000) }) };
  await expect(put(big, big)).rejects.toMatchObject({ name: "ValidationException" });
});

test("a bus of its own has its own rules, by name or by ARN, and IAM is asked about its ARN", async () => {
  const bus = await ensure("AWS::Events::EventBus", "Bus", { Name: "slipway" });
  const Arn = "arn:aws:events:us-east-1:000000000000:event-bus/slipway";
  expect(bus).toMatchObject({ ref: "slipway", attributes: { Arn } });
  await rule([toQueue], { EventBusName: Arn, Name: "mine" });
  await events.start?.();
  await put({ Detail: '{"bus":"default"}' }, { EventBusName: "slipway", Detail: '{"bus":"slipway"}' });
  await put({ EventBusName: Arn, Detail: '{"bus":"arn"}' });
  expect((await delivered("target", 2)).sort()).toEqual(['{"bus":"arn"}', '{"bus":"slipway"}']);
  expect(aws.asked).toContain(`rows-to-bus events:PutEvents ${Arn}`);
  expect(queues.sources).toContain("arn:aws:events:us-east-1:000000000000:rule/slipway/mine");
});

test("functions and log groups are targets; any other, and a schedule, is an error that names it", async () => {
  const fn = "arn:aws:lambda:us-east-1:000000000000:function:notices";
  const logs = "arn:aws:logs:us-east-1:000000000000:log-group:/slipway/events";
  await rule([
    { Id: "f", Arn: fn },
    { Id: "l", Arn: logs },
  ]);
  await events.start?.();
  events.put({ source: "slipway", "detail-type": "changed", resources: ["r"], detail: { n: 7 } });
  const whole = expect.objectContaining({ detail: { n: 7 }, resources: ["r"], account: "000000000000", version: "0" });
  await eventually(() => expect(invoke.calls).toMatchObject([{ name: fn, payload: whole }]));
  await eventually(() =>
    expect(aws.logged).toContainEqual({ stream: "events", entry: { log_group: logs, event: whole } }),
  );
  const topic = "arn:aws:sns:us-east-1:000000000000:topic";
  await expect(rule([{ Id: "t", Arn: topic }])).rejects.toThrow(topic);
  await expect(rule([toQueue], { ScheduleExpression: "rate(1 minute)" })).rejects.toThrow("Scheduler");
  await expect(rule([toQueue], { EventPattern: { source: [{ regex: "x" }] } })).rejects.toThrow("regex");
});

test("a target that fails is tried again until it works", async () => {
  let failures = 2;
  const fn = "arn:aws:lambda:us-east-1:000000000000:function:notices";
  invoke.on(fn, () => {
    if (failures-- > 0) throw new Error("not now");
  });
  await rule([{ Id: "f", Arn: fn }]);
  await events.start?.();
  await put({});
  await eventually(() => expect(invoke.calls).toHaveLength(3));
});

test("a queue that refuses is not tried again: the event goes to the dead-letter queue, and the log says why", async () => {
  aws.deny(({ resource: arn }, caller) => caller.servicePrincipal !== undefined && arn === queueArn("target"));
  await rule([{ ...toQueue, DeadLetterConfig: { Arn: queueArn("letters") } }]);
  await events.start?.();
  await put({ Detail: '{"n":3}' });
  expect(await delivered("letters", 1)).toEqual(['{"n":3}']);
  expect(aws.logged).toContainEqual({
    stream: "events",
    entry: expect.objectContaining({ level: "ERROR", target: queueArn("target") }),
  });
});

test("events that come before the start, and deliveries that a halt left open, arrive after the next start", async () => {
  await put({ Detail: '{"n":"early"}' });
  await halt();
  await boot();
  await rule([
    {
      ...toQueue,
      Arn: "arn:aws:lambda:us-east-1:000000000000:function:busy",
      RetryPolicy: { MaximumRetryAttempts: 9 },
    },
  ]);
  invoke.on("arn:aws:lambda:us-east-1:000000000000:function:busy", () => {
    throw new Error("not in this life");
  });
  await events.start?.();
  await eventually(() => expect(invoke.calls.length).toBeGreaterThan(0));
  await halt();
  await boot();
  await events.start?.();
  await eventually(() => expect(invoke.calls).toMatchObject([{ payload: { n: "early" } }]));
  await halt();
  await boot();
  await rule([{ ...toQueue, Arn: "arn:aws:lambda:us-east-1:000000000000:function:busy" }]);
  await events.start?.();
  await put({ Detail: '{"n":"last"}' });
  await eventually(() => expect(invoke.calls.map(({ payload }) => payload)).toEqual([{ n: "last" }]));
});
