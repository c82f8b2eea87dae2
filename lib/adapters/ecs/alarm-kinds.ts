import type { MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import type { Settings } from "../../core/app.ts";
import { type ReleasesOptions, serviceName } from "./options.ts";
import type { TargetGroups } from "./target-groups.ts";

/** What the load balancer counts of an app: its part of the ARNs, as CloudWatch names the dimensions. */
export interface Counted {
  readonly loadBalancerArn: string;
  readonly targetGroups: TargetGroups;
}

/** Fewer failed answers in a minute than this are an accident. */
const leastErrors = 3;
/** Of fewer answers in a minute than this, the slowest in twenty is just the slowest. */
const leastAnswers = 10;

export interface AlarmKind {
  /** What follows the name of the app's service. */
  readonly suffix: "errors" | "latency";
  /** In the unit of `metrics`; `null`: the app wants no such alarm. */
  readonly threshold: (settings: Settings) => number | null;
  /** What is compared with the threshold, of the version for which it is worse. */
  readonly metrics: (counted: Counted) => MetricDataQuery[];
  /** What is wrong, in words, and what to do. `worst`: the highest that was measured; `null`: not known. */
  readonly words: (threshold: number, worst: number | null) => string;
}

const errors: AlarmKind = {
  suffix: "errors",
  threshold: ({ alarms }) => alarms.error_percent,
  metrics: (counted) => [
    ...ofMinutes(counted, "failed", "HTTPCode_Target_5XX_Count", "Sum"),
    ...ofMinutes(counted, "asked", "RequestCount", "Sum"),
    worse(
      "Percent of answers that are 5xx",
      (n) => `IF(FILL(failed${n}, 0) >= ${leastErrors}, 100 * FILL(failed${n}, 0) / FILL(asked${n}, 1), 0)`,
    ),
  ],
  words: (threshold, worst) =>
    `more than ${threshold} % of a version's answers within a minute were server errors (5xx)${measured(inPercent(worst), "%")}. Fix what fails and deploy again; where so many are normal, raise the app's alarms.errorPercent.`,
};

const latency: AlarmKind = {
  suffix: "latency",
  threshold: ({ alarms }) => (alarms.latency_ms === null ? null : alarms.latency_ms / 1000),
  metrics: (counted) => [
    ...ofMinutes(counted, "took", "TargetResponseTime", "p95"),
    ...ofMinutes(counted, "asked", "RequestCount", "Sum"),
    worse(
      "Seconds that one answer in twenty takes longer than",
      (n) => `IF(FILL(asked${n}, 0) >= ${leastAnswers}, FILL(took${n}, 0), 0)`,
    ),
  ],
  words: (threshold, worst) =>
    `one answer in twenty took longer than ${inMs(threshold)} ms${measured(worst === null ? null : inMs(worst), "ms")}. Make it quicker, and deploy again; where that is normal, raise the app's alarms.latencyMs.`,
};

export const alarmKinds: readonly AlarmKind[] = [errors, latency];

/** The name of an app's alarm. */
export const alarmName = (options: Pick<ReleasesOptions, "namePrefix">, { suffix }: AlarmKind, appId: number): string =>
  `${serviceName(options, appId)}-${suffix}`;

/** The names of all alarms that an app may have. */
export const alarmNames = (options: Pick<ReleasesOptions, "namePrefix">, appId: number) =>
  alarmKinds.map((kind) => ({ alarm: kind.suffix, name: alarmName(options, kind, appId) }));

/** A request and its answer may be counted in different minutes. */
const inPercent = (worst: number | null): number | null => (worst === null ? null : Math.min(100, worst));

const inMs = (seconds: number): number => Math.round(seconds * 1000);

const measured = (worst: number | null, unit: string): string =>
  worst === null ? "" : ` (measured: ${Math.round(worst * 10) / 10} ${unit})`;

/** {@link ofEach} of each minute, as alarms want it. */
const ofMinutes = (...of: Parameters<typeof ofEach>): MetricDataQuery[] =>
  ofEach(...of).map(({ MetricStat, ...query }) => ({ ...query, MetricStat: { ...MetricStat, Period: 60 } }));

/** A metric of each of the app's two target groups: `<id>1` and `<id>2`. */
export function ofEach(counted: Counted, id: string, MetricName: string, Stat: string) {
  return counted.targetGroups.map((targetGroupArn, index) => ({
    Id: `${id}${index + 1}`,
    MetricStat: {
      Metric: {
        Namespace: "AWS/ApplicationELB",
        MetricName,
        Dimensions: [
          { Name: "LoadBalancer", Value: counted.loadBalancerArn.replace(/^.*:loadbalancer\//, "") },
          { Name: "TargetGroup", Value: targetGroupArn.replace(/^.*:/, "") },
        ],
      },
      Stat,
    },
    ReturnData: false,
  }));
}

/** While traffic shifts each group is a version: a bad one is seen by its own figures, however small its share. */
const worse = (Label: string, expressionOf: (n: number) => string): MetricDataQuery => ({
  Id: "worse",
  Label,
  Expression: `MAX([${expressionOf(1)}, ${expressionOf(2)}])`,
  ReturnData: true,
});
