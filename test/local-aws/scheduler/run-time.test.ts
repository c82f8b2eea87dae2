import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  ResourceNotFoundException,
  SchedulerClient,
  UpdateScheduleCommand,
  ValidationException,
} from "@aws-sdk/client-scheduler";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createScheduler } from "@slipway/local-aws/services/scheduler/scheduler";
import { manualClock, type TestClock } from "../support/clocks.ts";
import { temporaryDirectory } from "../support/files.ts";
import { functions } from "../support/functions.ts";
import { type LocalAws, resource, startLocalAws } from "../support/local-aws.ts";
import { eventually } from "../support/wait.ts";

const Arn = "arn:aws:lambda:us-east-1:000000000000:function:work";
const RoleArn = "arn:aws:iam::000000000000:role/crons";

let directory: ReturnType<typeof temporaryDirectory>;
let clock: TestClock;
let aws: LocalAws;
let scheduler: ReturnType<typeof createScheduler>;
let client: SchedulerClient;
let invoke: ReturnType<typeof functions>;

async function start(): Promise<void> {
  aws = await startLocalAws({ dataDir: directory.path, clock, account: "000000000000", region: "us-east-1" });
  invoke = functions();
  scheduler = aws.add(createScheduler(aws.context, { invoke }));
  await scheduler.providers[1]?.ensure(resource("AWS::Scheduler::ScheduleGroup", "Crons", { Name: "crons" }));
  client = new SchedulerClient({ ...aws.client(), maxAttempts: 1 });
  await scheduler.start?.();
}
async function stop(): Promise<void> {
  client.destroy();
  await aws.close();
}

beforeEach(async () => {
  directory = temporaryDirectory();
  clock = manualClock(Date.parse("2026-03-28T00:00:30Z"));
  await start();
});
afterEach(async () => {
  await stop();
  directory.remove();
});

const some = (change: Partial<CreateScheduleCommandInput> = {}) =>
  ({
    Name: "one",
    GroupName: "crons",
    ScheduleExpression: "cron(30 2 * * ? *)",
    ScheduleExpressionTimezone: "Europe/Berlin",
    FlexibleTimeWindow: { Mode: "OFF" },
    Target: {
      Arn,
      RoleArn,
      Input: JSON.stringify({ at: "<aws.scheduler.scheduled-time>" }),
      RetryPolicy: { MaximumEventAgeInSeconds: 900 },
    },
    ...change,
  }) satisfies CreateScheduleCommandInput;
const create = (change: Partial<CreateScheduleCommandInput> = {}) =>
  client.send(new CreateScheduleCommand(some(change)));

const fired = () => invoke.calls.map(({ payload }) => (payload as { at: string }).at);
const minutes = (count: number): void => {
  for (let minute = 0; minute < count; minute++) clock.advance(60_000);
};

describe("a schedule that is made at run time", () => {
  test("is there until it is deleted, under the permissions of its own name", async () => {
    const made = await create();
    const arn = "arn:aws:scheduler:us-east-1:000000000000:schedule/crons/one";
    expect(made.ScheduleArn).toBe(arn);
    const name = { Name: "one", GroupName: "crons" };
    const shown = await client.send(new GetScheduleCommand(name));
    expect(shown).toMatchObject({ ...some(), State: "ENABLED", CreationDate: new Date(clock.now()) });
    await expect(create()).rejects.toBeInstanceOf(ConflictException);
    await client.send(new UpdateScheduleCommand(some({ State: "DISABLED" })));
    expect(await client.send(new GetScheduleCommand(name))).toMatchObject({ State: "DISABLED" });
    await client.send(new DeleteScheduleCommand(name));
    for (const gone of [
      new GetScheduleCommand(name),
      new DeleteScheduleCommand(name),
      new UpdateScheduleCommand(some()),
    ])
      await expect(client.send(gone as GetScheduleCommand)).rejects.toBeInstanceOf(ResourceNotFoundException);
    expect(aws.asked).toEqual(
      expect.arrayContaining([
        `worker scheduler:CreateSchedule ${arn}`,
        `worker iam:PassRole ${RoleArn}`,
        `worker scheduler:GetSchedule ${arn}`,
        `worker scheduler:DeleteSchedule ${arn}`,
      ]),
    );
    aws.deny(({ action, context }) => action === "iam:PassRole" && context !== undefined);
    await expect(create()).rejects.toThrow("iam:PassRole");
  });

  test("is listed by group and prefix, page by page", async () => {
    for (const Name of ["a-1", "a-2", "a-3", "b-1"]) await create({ Name });
    const asked = { GroupName: "crons", NamePrefix: "a-", MaxResults: 2 };
    const first = await client.send(new ListSchedulesCommand(asked));
    expect(first.Schedules?.map(({ Name }) => Name)).toEqual(["a-1", "a-2"]);
    const next = await client.send(new ListSchedulesCommand({ ...asked, NextToken: first.NextToken }));
    expect(next.Schedules?.map(({ Name }) => Name)).toEqual(["a-3"]);
    expect(next.NextToken).toBeUndefined();
    await expect(client.send(new ListSchedulesCommand({ GroupName: "none" }))).rejects.toBeInstanceOf(
      ResourceNotFoundException,
    );
  });

  test.each<[string, Partial<CreateScheduleCommandInput>]>([
    ["an unknown time zone", { ScheduleExpressionTimezone: "Mars/Olympus" }],
    ["an expression that cannot be read", { ScheduleExpression: "cron(0 9 * * * *)" }],
    ["a rate in the wrong number", { ScheduleExpression: "rate(1 minutes)" }],
    ["one that comes once", { ScheduleExpression: "at(2026-11-20T13:00:00)" }],
    ["a target of another kind", { Target: { Arn: "arn:aws:states:us-east-1:0:stateMachine:x", RoleArn } }],
  ])("is refused with %s", (_what, change) => expect(create(change)).rejects.toBeInstanceOf(ValidationException));

  test("comes at the local times that there are, each once", async () => {
    await create();
    await create({ Name: "off", State: "DISABLED" });
    minutes(4 * 24 * 60);
    // The 29th has no 02:30.
    await eventually(() =>
      expect(fired()).toEqual(["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z"]),
    );
  });

  test("that is a rate comes from its start on, at once without one", async () => {
    await create({ ScheduleExpression: "rate(5 minutes)" });
    await create({ Name: "later", ScheduleExpression: "rate(1 hour)", StartDate: new Date("2026-03-28T00:10:00Z") });
    minutes(16);
    await eventually(() =>
      expect(fired().toSorted()).toEqual([
        "2026-03-28T00:00:30Z",
        "2026-03-28T00:05:30Z",
        "2026-03-28T00:10:00Z",
        "2026-03-28T00:10:30Z",
        "2026-03-28T00:15:30Z",
      ]),
    );
  });

  test("comes late where nobody was there at its time, unless it is too old by then", async () => {
    await create({ ScheduleExpression: "cron(0/10 * * * ? *)" });
    minutes(11);
    await eventually(() => expect(fired()).toEqual(["2026-03-28T00:10:00Z"]));
    await stop();
    minutes(42);
    await start();
    // It is 00:53:30: of 00:20 to 00:50 those of the last 15 minutes.
    minutes(1);
    await eventually(() => expect(fired()).toEqual(["2026-03-28T00:40:00Z", "2026-03-28T00:50:00Z"]));
    minutes(10);
    await eventually(() => expect(fired().slice(2)).toEqual(["2026-03-28T01:00:00Z"]));
  });
});
