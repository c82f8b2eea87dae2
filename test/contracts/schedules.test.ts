import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createScheduler } from "@slipway/local-aws/services/scheduler/scheduler";
import { scheduleFinder } from "../../lib/adapters/scheduler/finders.ts";
import { awsSchedules, type SchedulesOptions } from "../../lib/adapters/scheduler/schedules.ts";
import type { CronSchedule, Schedules } from "../../lib/core/ports/crons.ts";
import { type LocalAws, resource, startLocalAws } from "../local-aws/support/local-aws.ts";
import { freshId } from "./ports.ts";

const options: SchedulesOptions = {
  namePrefix: "slipway-1",
  group: "crons",
  roleArn: "arn:aws:iam::123456789012:role/crons",
  queueArn: "arn:aws:sqs:eu-west-1:123456789012:work",
  now: () => "2026-01-01T00:00:00.000Z",
};

let aws: LocalAws;
let client: SchedulerClient;
let schedules: Schedules;

beforeAll(async () => {
  aws = await startLocalAws();
  const part = aws.add(createScheduler(aws.context));
  await part.providers[1]?.ensure(resource("AWS::Scheduler::ScheduleGroup", "Crons", { Name: "crons" }));
  client = new SchedulerClient({ ...aws.client(), maxAttempts: 1 });
  schedules = awsSchedules(client, options);
});
afterAll(async () => {
  client.destroy();
  await aws.close();
});

const nightly: CronSchedule = { name: "nightly", expression: "cron(0 3 * * ? *)", timezone: "Europe/Berlin" };
const often: CronSchedule = { name: "often", expression: "rate(5 minutes)", timezone: "UTC" };
const namesOf = async (appId: number) => {
  const NamePrefix = `slipway-1-${appId}-`;
  const { Schedules: found = [] } = await client.send(new ListSchedulesCommand({ GroupName: "crons", NamePrefix }));
  return found.map(({ Name }) => Name?.slice(NamePrefix.length));
};

test("an app has the schedules that were set last, and no others", async () => {
  const [app, other] = [freshId(), freshId()];
  expect(await schedules.set(app, [nightly, often])).toBe(true);
  expect(await schedules.set(other, [nightly])).toBe(true);
  expect(await namesOf(app)).toEqual(["nightly", "often"]);
  const GroupName = "crons";
  const shown = await client.send(new GetScheduleCommand({ GroupName, Name: `slipway-1-${app}-often` }));
  expect(shown).toMatchObject({
    ScheduleExpression: "rate(5 minutes)",
    // Not at once: it begins when its release has been live for that long.
    StartDate: new Date("2026-01-01T00:05:00.000Z"),
    Target: { Arn: options.queueArn, RoleArn: options.roleArn, RetryPolicy: { MaximumEventAgeInSeconds: 900 } },
  });
  expect(JSON.parse(shown.Target?.Input ?? "")).toEqual({
    type: "cron",
    app_id: app,
    cron: "often",
    scheduled_at: "<aws.scheduler.scheduled-time>",
  });
  expect(await schedules.set(app, [{ ...nightly, timezone: "UTC" }])).toBe(true);
  expect(await namesOf(app)).toEqual(["nightly"]);
  expect(await schedules.set(app, [])).toBe(true);
  expect(await namesOf(app)).toEqual([]);
  expect(await namesOf(other)).toEqual(["nightly"]);
});

test("schedules that are as they should be are not touched: a rate would begin anew", async () => {
  const app = freshId();
  await schedules.set(app, [often]);
  const writes = () => aws.asked.filter((asked) => /scheduler:(Create|Update|Delete)Schedule/.test(asked)).length;
  const before = writes();
  expect(await schedules.set(app, [often])).toBe(false);
  expect(writes()).toBe(before);
});

test("two who set the same at the same moment leave it once", async () => {
  const app = freshId();
  await Promise.all([schedules.set(app, [nightly, often]), schedules.set(app, [nightly, often])]);
  expect(await namesOf(app)).toEqual(["nightly", "often"]);
});

test("they are found with the app that they were made for", async () => {
  const app = freshId();
  await schedules.set(app, [nightly]);
  const found = await scheduleFinder(client, options).find();
  expect(found.filter(({ app_id }) => app_id === app).map(({ name }) => name)).toEqual([`slipway-1-${app}-nightly`]);
});
