import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  type MetricAlarm,
  type MetricDataQuery,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
} from "@aws-sdk/client-cloudwatch";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type CloudWatch, createCloudWatch } from "@slipway/local-aws/services/cloudwatch/cloudwatch";
import { type LocalAws, startLocalAws } from "../support/local-aws.ts";

const minuteMs = 60_000;
let aws: LocalAws;
let now: number;
let due: { at: number; run: () => void } | null;
let part: CloudWatch;
let client: CloudWatchClient;

const clock = {
  now: () => now,
  elapsed: () => now,
  after: (ms: number, run: () => void) => {
    due = { at: now + ms, run };
    return () => {
      due = null;
    };
  },
};

beforeEach(async () => {
  now = 1_800_000_000_000;
  due = null;
  aws = await startLocalAws({ clock });
  part = createCloudWatch(aws.context, { minuteMs });
  aws.register(...part.services);
  client = new CloudWatchClient({ ...aws.client(), maxAttempts: 1 });
});
afterEach(async () => {
  client.destroy();
  await part.close();
  await aws.close();
});

/** The minute that runs is over. */
function passMinute(): void {
  now += minuteMs;
  const over = due;
  if (over === null || over.at > now) throw new Error("Nobody waits for the minute to be over.");
  due = null;
  over.run();
}

const metric = (name: string) => ({ namespace: "Shop", name, dimensions: { Door: "front" } });
const query = (Id: string, MetricName: string, Stat: string): MetricDataQuery => ({
  Id,
  MetricStat: {
    Metric: { Namespace: "Shop", MetricName, Dimensions: [{ Name: "Door", Value: "front" }] },
    Period: 60,
    Stat,
  },
  ReturnData: false,
});
const put = (change: Partial<PutMetricAlarmCommandInput> = {}) =>
  client.send(
    new PutMetricAlarmCommand({
      AlarmName: "slipway-1-errors",
      Metrics: [query("bad", "Bad", "Sum"), { Id: "judged", Expression: "FILL(bad, 0)", ReturnData: true }],
      ComparisonOperator: "GreaterThanThreshold",
      Threshold: 5,
      EvaluationPeriods: 3,
      DatapointsToAlarm: 2,
      TreatMissingData: "notBreaching",
      Tags: [{ Key: "slipway:app", Value: "1" }],
      ...change,
    }),
  );

async function shown(name = "slipway-1-errors"): Promise<MetricAlarm | undefined> {
  return (await client.send(new DescribeAlarmsCommand({ AlarmNames: [name] }))).MetricAlarms?.[0];
}

describe("an alarm", () => {
  test("goes into alarm after as many bad minutes as it asks for, says what was measured, and is silent when they are over", async () => {
    await put();
    expect(await shown()).toMatchObject({ StateValue: "INSUFFICIENT_DATA" });
    part.record(metric("Bad"), 6);
    passMinute();
    expect(await shown()).toMatchObject({ StateValue: "OK" });
    part.record(metric("Bad"), 3);
    part.record(metric("Bad"), 4);
    expect(part.inAlarm(["slipway-1-errors"])).toEqual([]);
    passMinute();
    const inAlarm = await shown();
    expect(inAlarm).toMatchObject({ StateValue: "ALARM", StateUpdatedTimestamp: new Date(now), Threshold: 5 });
    expect(inAlarm?.StateReason).toContain("2 datapoints [6, 7] of the last 3 were greater than the threshold (5)");
    expect(JSON.parse(inAlarm?.StateReasonData ?? "")).toMatchObject({ recentDatapoints: [0, 6, 7], threshold: 5 });
    expect(part.inAlarm(["slipway-1-errors", "other"])).toEqual(["slipway-1-errors"]);
    passMinute();
    passMinute();
    expect(await shown()).toMatchObject({ StateValue: "OK" });
  });

  test("that nobody gives anything to count never goes into alarm", async () => {
    await put({ Metrics: [query("bad", "Bad", "p95"), { Id: "judged", Expression: "bad", ReturnData: true }] });
    for (let minute = 0; minute < 5; minute += 1) passMinute();
    expect(await shown()).toMatchObject({ StateValue: "OK" });
  });

  test("judges percentiles by the values of a minute", async () => {
    const Metrics = [query("bad", "Took", "p95"), { Id: "judged", Expression: "bad", ReturnData: true }];
    await put({ Metrics, Threshold: 94, EvaluationPeriods: 1, DatapointsToAlarm: 1 });
    for (let value = 1; value <= 100; value += 1) part.record(metric("Took"), value);
    passMinute();
    expect(JSON.parse((await shown())?.StateReasonData ?? "")).toMatchObject({ recentDatapoints: [95] });
  });

  test("keeps its state when it is put again, and over the end of the local mode", async () => {
    await put({ EvaluationPeriods: 1, DatapointsToAlarm: 1 });
    part.record(metric("Bad"), 6);
    passMinute();
    await put({ EvaluationPeriods: 1, DatapointsToAlarm: 1, Threshold: 50 });
    expect(await shown()).toMatchObject({ StateValue: "ALARM", Threshold: 50 });
    await part.close();
    part = createCloudWatch(aws.context, { minuteMs });
    await part.start?.();
    expect(part.inAlarm(["slipway-1-errors"])).toEqual(["slipway-1-errors"]);
    passMinute();
    expect(part.inAlarm(["slipway-1-errors"])).toEqual([]);
  });

  test("is deleted only where it is, and asks for what IAM asks for", async () => {
    await put();
    await client.send(new DeleteAlarmsCommand({ AlarmNames: ["slipway-1-errors"] }));
    expect(await shown()).toBeUndefined();
    const again = client.send(new DeleteAlarmsCommand({ AlarmNames: ["slipway-1-errors"] }));
    await expect(again).rejects.toMatchObject({ name: "ResourceNotFound" });
    const actions = aws.asked.map((line) => line.split(" ").slice(1).join(" "));
    expect([...new Set(actions)]).toEqual(
      ["PutMetricAlarm", "TagResource", "DeleteAlarms", "DescribeAlarms"].map((action) =>
        expect.stringMatching(new RegExp(`^cloudwatch:${action} arn:aws:cloudwatch:.*:alarm:slipway-1-errors$`)),
      ),
    );
  });

  test.each([
    ["metric math that is not understood", { Metrics: [{ Id: "judged", Expression: "RATE(bad)", ReturnData: true }] }],
    ["another operator", { ComparisonOperator: "LessThanThreshold" as const }],
    ["missing data that counts", { TreatMissingData: "breaching" }],
    ["more bad minutes than it looks at", { DatapointsToAlarm: 4 }],
  ])("is refused with %s", async (_name, change) => {
    await expect(put(change)).rejects.toThrow();
  });
});
