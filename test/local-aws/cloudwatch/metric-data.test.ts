import {
  CloudWatchClient,
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  type MetricDataQuery,
  paginateGetMetricData,
} from "@aws-sdk/client-cloudwatch";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type CloudWatch, createCloudWatch } from "@slipway/local-aws/services/cloudwatch/cloudwatch";
import { type LocalAws, startLocalAws } from "../support/local-aws.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const start = Date.parse("2026-11-02T10:00:00Z");
let aws: LocalAws;
let now: number;
let part: CloudWatch;
let client: CloudWatchClient;

const clock = { now: () => now, elapsed: () => now, after: () => () => undefined };

beforeEach(async () => {
  now = start;
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

const metric = { namespace: "Shop", name: "Asked", dimensions: { Door: "front", Floor: "1" } };
const query = (Id: string, Stat: string, Period = 60): MetricDataQuery => ({
  Id,
  MetricStat: {
    Metric: {
      Namespace: "Shop",
      MetricName: "Asked",
      Dimensions: [
        { Name: "Floor", Value: "1" },
        { Name: "Door", Value: "front" },
      ],
    },
    Period,
    Stat,
  },
});
const ask = (change: Partial<GetMetricDataCommandInput> = {}) =>
  client.send(
    new GetMetricDataCommand({
      MetricDataQueries: [query("sum", "Sum")],
      StartTime: new Date(start),
      EndTime: new Date(start + hourMs),
      ScanBy: "TimestampAscending",
      ...change,
    }),
  );
const valuesOf = async (change: Partial<GetMetricDataCommandInput> = {}) =>
  (await ask(change)).MetricDataResults?.map(({ Timestamps = [], Values = [] }) =>
    Timestamps.map((at, index) => [(at.getTime() - start) / minuteMs, Values[index]]),
  );

describe("GetMetricData", () => {
  test("has a minute when it is over for a minute, and nothing of minutes without a value", async () => {
    part.record(metric, 2);
    part.record(metric, 3);
    now += minuteMs;
    expect(await valuesOf()).toEqual([[]]);
    now += minuteMs;
    part.record(metric, 7);
    expect(await valuesOf()).toEqual([[[0, 5]]]);
    now += 2 * minuteMs;
    expect(await valuesOf()).toEqual([
      [
        [0, 5],
        [2, 7],
      ],
    ]);
    expect(await valuesOf({ ScanBy: undefined })).toEqual([
      [
        [2, 7],
        [0, 5],
      ],
    ]);
    expect(aws.asked.at(-1)).toMatch(/cloudwatch:GetMetricData \*$/);
  });

  test("makes every statistic of the values, percentiles to one percent", async () => {
    for (let value = 1; value <= 1000; value += 1) part.record(metric, value / 1000);
    part.record(metric, 0);
    now += 2 * minuteMs;
    const stats = ["Sum", "Average", "SampleCount", "Minimum", "Maximum", "p50", "p99", "p100"];
    const found = await valuesOf({ MetricDataQueries: stats.map((stat, index) => query(`q${index}`, stat)) });
    const [sum, average, count, least, most, p50, p99, p100] = (found ?? []).map(([point]) => point?.[1] ?? Number.NaN);
    expect([count, least, most, p100]).toEqual([1001, 0, 1, 1]);
    expect(sum).toBeCloseTo(500.5);
    expect(average).toBeCloseTo(0.5);
    expect(Math.abs((p50 ?? 0) - 0.5)).toBeLessThan(0.006);
    expect(Math.abs((p99 ?? 0) - 0.99)).toBeLessThan(0.011);
  });

  test("sums the minutes of a longer period, also of hours for which no minutes are kept any more", async () => {
    for (let minute = 0; minute < 10; minute += 1) {
      part.record(metric, 1);
      now += minuteMs;
    }
    now += minuteMs;
    expect(await valuesOf({ MetricDataQueries: [query("five", "Sum", 300)] })).toEqual([
      [
        [0, 5],
        [5, 5],
      ],
    ]);
    now += 2 * 24 * hourMs;
    part.record(metric, 4);
    now += minuteMs;
    part.record(metric, 4);
    now += 2 * minuteMs;
    expect(await valuesOf()).toEqual([[]]);
    const EndTime = new Date(now);
    expect(await valuesOf({ EndTime, MetricDataQueries: [query("hours", "Sum", 3600)] })).toEqual([
      [
        [0, 10],
        [2 * 24 * 60, 8],
      ],
    ]);
  });

  test("keeps what was counted over the end of the local mode, and forgets it after 32 days", async () => {
    part.record(metric, 5);
    await part.close();
    part = createCloudWatch(aws.context, { minuteMs });
    client.destroy();
    aws.register(...part.services);
    client = new CloudWatchClient({ ...aws.client(), maxAttempts: 1 });
    now += 2 * minuteMs;
    expect(await valuesOf()).toEqual([[[0, 5]]]);
    for (const days of [1, 40]) {
      now = start + days * 24 * hourMs;
      part.record(metric, 1);
      now += minuteMs;
      part.record(metric, 1);
    }
    const MetricDataQueries = [query("hours", "Sum", 3600)];
    expect(await valuesOf({ MetricDataQueries, EndTime: new Date(start + 30 * 24 * hourMs) })).toEqual([[]]);
  });

  test("answers in pages, which may split a metric", async () => {
    for (let minute = 0; minute < 5; minute += 1) {
      part.record(metric, minute);
      now += minuteMs;
    }
    now += minuteMs;
    const first = await ask({ MaxDatapoints: 3 });
    expect(first.MetricDataResults?.[0]).toMatchObject({ StatusCode: "PartialData", Values: [0, 1, 2] });
    const found: number[] = [];
    const asked = { MetricDataQueries: [query("a", "Sum"), query("b", "Sum")], StartTime: new Date(start) };
    const pages = paginateGetMetricData({ client }, { ...asked, EndTime: new Date(now), MaxDatapoints: 3 });
    for await (const { MetricDataResults = [] } of pages)
      found.push(...MetricDataResults.flatMap(({ Values = [] }) => Values));
    expect(found.toSorted()).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
  });

  const tooMany = Array.from({ length: 501 }, (_, index) => query(`q${index}`, "Sum"));
  test.each<[string, Partial<GetMetricDataCommandInput>]>([
    ["more than 500 queries", { MetricDataQueries: tooMany }],
    ["two queries of one id", { MetricDataQueries: [query("a", "Sum"), query("a", "p50")] }],
    ["half a minute", { MetricDataQueries: [query("a", "Sum", 30)] }],
    ["minutes of three weeks ago", { StartTime: new Date(start - 21 * 24 * hourMs) }],
    ["an end before the start", { EndTime: new Date(start - 1) }],
    ["a statistic that is unknown", { MetricDataQueries: [query("a", "Median")] }],
    ["metric math", { MetricDataQueries: [{ Id: "a", Expression: "SUM(METRICS())" }] }],
    ["a page that does not exist", { NextToken: "next" }],
  ])("refuses %s", async (_name, change) => {
    await expect(ask(change)).rejects.toThrow();
  });
});
