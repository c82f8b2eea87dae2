import * as z from "zod";
import { operationsOf } from "../../kernel/operation.ts";
import type { LocalContext } from "../../kernel/part.ts";
import { AwsError, type Operation } from "../../kernel/service.ts";
import { statisticOf } from "./aggregate.ts";
import type { Published } from "./published.ts";

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const MOST_QUERIES = 500;
const MOST_DATAPOINTS = 100_800;
const DAY_MS = 24 * 60 * 60 * 1000;

/** In seconds since the epoch. */
const timestamp = z.number().transform((seconds) => seconds * 1000);
const query = z.object({
  Id: z.string().regex(/^[a-z]\w*$/),
  Label: z.string().optional(),
  MetricStat: z.object(
    {
      Metric: z.object({
        Namespace: z.string().min(1),
        MetricName: z.string().min(1),
        Dimensions: z
          .array(z.object({ Name: z.string(), Value: z.string() }))
          .max(30)
          .default([]),
      }),
      Period: z.int().min(60).multipleOf(60),
      Stat: z
        .string()
        .regex(
          /^(Sum|Average|SampleCount|Minimum|Maximum|p\d{1,2}(\.\d+)?|p100)$/,
          "the local mode knows Sum, Average, SampleCount, Minimum, Maximum and percentiles",
        ),
    },
    "the local mode knows metrics, and no metric math here",
  ),
  ReturnData: z.boolean().default(true),
});
type Query = z.infer<typeof query>;
const input = z.object({
  MetricDataQueries: z.array(query).min(1).max(MOST_QUERIES),
  StartTime: timestamp,
  EndTime: timestamp,
  ScanBy: z.enum(["TimestampDescending", "TimestampAscending"]).default("TimestampDescending"),
  MaxDatapoints: z.int().min(1).max(MOST_DATAPOINTS).default(MOST_DATAPOINTS),
  NextToken: z.string().optional(),
});
type Input = z.infer<typeof input>;

interface Datapoint {
  /** Which of the queries it is of. */
  readonly query: number;
  readonly at: number;
  readonly value: number;
}

/** The operations by which metrics are read. What was not counted has no datapoint. */
export function metricDataOperations(
  { clock }: Pick<LocalContext, "clock">,
  published: Published,
): Record<string, Operation> {
  const operation = operationsOf("ValidationError");
  return {
    GetMetricData: operation(input, {
      permissions: () => [{ action: "cloudwatch:GetMetricData", resource: "*" }],
      run: (asked) => {
        refuse(asked, clock.now());
        const { MetricDataQueries, MaxDatapoints, NextToken = "0" } = asked;
        if (!/^\d+$/.test(NextToken)) throw new AwsError("InvalidNextToken", "The next token specified is invalid.");
        const all = MetricDataQueries.flatMap((one, index) =>
          one.ReturnData ? read(published, asked, one, index) : [],
        );
        const [from, to] = [Number(NextToken), Number(NextToken) + MaxDatapoints];
        const shown = all.slice(from, to);
        const isPartial = to < all.length;
        return {
          MetricDataResults: MetricDataQueries.flatMap((one, index) =>
            one.ReturnData ? [resultOf(one, shown, index, all.slice(to))] : [],
          ),
          Messages: [],
          ...(isPartial ? { NextToken: String(to) } : {}),
        };
      },
    }),
  };
}

/** What CloudWatch refuses. */
function refuse({ MetricDataQueries, StartTime, EndTime }: Input, now: number): void {
  if (StartTime >= EndTime)
    throw new AwsError("ValidationError", "The parameter StartTime must be less than the parameter EndTime.");
  if (new Set(MetricDataQueries.map(({ Id }) => Id)).size < MetricDataQueries.length)
    throw new AwsError("ValidationError", "The values for parameter Id in MetricDataQueries are not unique.");
  const finest = finestSeconds(now - StartTime);
  for (const { Id, MetricStat } of MetricDataQueries) {
    if (MetricStat.Period % finest !== 0)
      throw new AwsError(
        "ValidationError",
        `The period of ${Id} must be a multiple of ${finest}: the start is too old.`,
      );
  }
}

/** What lies further back is kept in longer periods only: after 15 days five minutes, after 63 an hour. */
const finestSeconds = (ageMs: number): number => (ageMs > 63 * DAY_MS ? 3600 : ageMs > 15 * DAY_MS ? 300 : 60);

function read(published: Published, { StartTime, EndTime, ScanBy }: Input, query: Query, index: number): Datapoint[] {
  const { Metric, Period, Stat } = query.MetricStat;
  const dimensions = Object.fromEntries(Metric.Dimensions.map(({ Name, Value }) => [Name, Value]));
  const metric = { namespace: Metric.Namespace, name: Metric.MetricName, dimensions };
  const range = { from: StartTime, to: EndTime, periodMs: Period * 1000 };
  const found = published
    .read(metric, range)
    .map(({ at, values }) => ({ query: index, at, value: statisticOf(values, Stat) }));
  return ScanBy === "TimestampAscending" ? found : found.toReversed();
}

function resultOf(
  { Id, Label, MetricStat }: Query,
  shown: readonly Datapoint[],
  index: number,
  rest: readonly Datapoint[],
) {
  const own = shown.filter(({ query }) => query === index);
  return {
    Id,
    Label: Label ?? MetricStat.Metric.MetricName,
    Timestamps: own.map(({ at }) => at / 1000),
    Values: own.map(({ value }) => value),
    StatusCode: rest.some(({ query }) => query === index) ? "PartialData" : "Complete",
  };
}
