import { Metric, type MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import { type MeasureName, measures } from "../core/metrics/measure.ts";

/** One of the metrics that the functions publish themselves, in the log lines that CloudWatch makes metrics of. */
export const measureOf = (name: MeasureName, options: MetricOptions): Metric =>
  new Metric({
    namespace: "Slipway",
    metricName: name,
    dimensionsMap: { service: measures[name].by },
    ...options,
  });
