import { type Duration, Stack } from "aws-cdk-lib";
import { type IMetric, MathExpression, Metric, type MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import { type MeasureName, measures } from "../core/measure.ts";

type OfOneFunction = {
  [Name in MeasureName]: (typeof measures)[Name]["by"] extends string ? Name : never;
}[MeasureName];

/** One of the metrics that the functions publish themselves, in the log lines that CloudWatch makes metrics of. */
export const measureOf = (scope: Construct, name: OfOneFunction, options: MetricOptions): Metric =>
  new Metric({
    namespace: Stack.of(scope).stackName,
    metricName: name,
    dimensionsMap: { service: measures[name].by },
    ...options,
  });

/** One that any function may publish, a line for each that did. Only dashboards can search. */
export const ofEveryFunction = (
  scope: Construct,
  name: Exclude<MeasureName, OfOneFunction>,
  { period, statistic }: { readonly period: Duration; readonly statistic: string },
): IMetric =>
  new MathExpression({
    expression: `SEARCH('{"${Stack.of(scope).stackName}",service} MetricName="${name}"', '${statistic}', ${period.toSeconds()})`,
    label: "",
    period,
    usingMetrics: {},
  });
