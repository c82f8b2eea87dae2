import {
  type AlarmHistoryItem,
  type CloudWatchClient,
  type MetricDataQuery,
  paginateDescribeAlarmHistory,
  paginateGetMetricData,
} from "@aws-sdk/client-cloudwatch";
import {
  DescribeTargetGroupsCommand,
  type ElasticLoadBalancingV2Client,
  type TargetGroup,
  TargetGroupNotFoundException,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import * as z from "zod";
import { webProcess } from "../../core/app.ts";
import type { UsageMetrics } from "../../core/ports/usage.ts";
import { toTimestamp } from "../../core/time.ts";
import type { AlarmChange, GroupReading, ProcessReading, UsageRange, Values } from "../../core/usage/reading.ts";
import { collected } from "../collected.ts";
import { alarmNames } from "../ecs/alarm-kinds.ts";
import { processServiceName, type ReleasesOptions, serviceName, targetGroupNames } from "../ecs/options.ts";

/** A metric, its statistic, and how its values are shown. */
interface Wanted {
  readonly metric: string;
  readonly stat: string;
  readonly shown?: (value: number, periodSeconds: number) => number;
}

const inMs = (seconds: number): number => Math.round(seconds * 10_000) / 10;
const tenths = (value: number): number => Math.round(value * 10) / 10;

/**
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html: answers that the
 * load balancer makes itself (502, 503) have no target group, so that what tells of a dead app is asked for as well.
 */
const ofGroup = {
  requests: { metric: "RequestCount", stat: "Sum" },
  errors_4xx: { metric: "HTTPCode_Target_4XX_Count", stat: "Sum" },
  errors_5xx: { metric: "HTTPCode_Target_5XX_Count", stat: "Sum" },
  connection_errors: { metric: "TargetConnectionErrorCount", stat: "Sum" },
  unhealthy_tasks: { metric: "UnHealthyHostCount", stat: "Maximum" },
  latency_p50: { metric: "TargetResponseTime", stat: "p50", shown: inMs },
  latency_p95: { metric: "TargetResponseTime", stat: "p95", shown: inMs },
  latency_p99: { metric: "TargetResponseTime", stat: "p99", shown: inMs },
} as const satisfies Record<keyof GroupReading, Wanted>;

/**
 * Each task has one value a minute, so that their number is that of the tasks:
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service_utilization.html
 */
const ofProcess = {
  cpu: { metric: "CPUUtilization", stat: "Average", shown: tenths },
  memory: { metric: "MemoryUtilization", stat: "Average", shown: tenths },
  tasks: { metric: "CPUUtilization", stat: "SampleCount", shown: (count, seconds) => tenths(count / (seconds / 60)) },
} as const satisfies Record<keyof ProcessReading, Wanted>;

export interface UsageClients {
  readonly cloudWatch: CloudWatchClient;
  readonly elb: ElasticLoadBalancingV2Client;
}

/** What CloudWatch has of the apps' target groups and services. A read costs what it asks for: at most 14 metrics, and two more for each process beside `web`. */
export function awsUsageMetrics(
  { cloudWatch, elb }: UsageClients,
  options: Pick<ReleasesOptions, "cluster" | "namePrefix">,
): UsageMetrics {
  const groupsOf = async (appId: number): Promise<readonly TargetGroup[]> => {
    const found = await Promise.all(targetGroupNames(options, appId).map((name) => findGroup(elb, name)));
    return found.filter((group) => group !== null);
  };

  const alarmsOf = async ({ app_id, from, to }: UsageRange): Promise<AlarmChange[]> => {
    const all = alarmNames(options, app_id).map(async ({ alarm, name }) => {
      const asked = { AlarmName: name, HistoryItemType: "StateUpdate" as const };
      const range = { StartDate: new Date(from), EndDate: new Date(to) };
      const pages = paginateDescribeAlarmHistory({ client: cloudWatch }, { ...asked, ...range });
      const items = await collected(pages, ({ AlarmHistoryItems }) => AlarmHistoryItems);
      return items.flatMap((item) => changeOf(alarm, item) ?? []);
    });
    return (await Promise.all(all)).flat();
  };

  return {
    read: async (range) => {
      const { app_id, processes, from, to, period_seconds } = range;
      const [groups, alarms] = await Promise.all([groupsOf(app_id), alarmsOf(range)]);
      const asked = [...groups.map(groupQueries), ...processes.map((name) => processQueries(options, app_id, name))];
      const queries = asked.flatMap((one, index) => queriesFor(one, index, period_seconds));
      const found = await readAll(cloudWatch, range, queries);
      return {
        read_at: toTimestamp(Date.now()),
        from: toTimestamp(from),
        period_seconds,
        periods: Math.floor((to - from) / (period_seconds * 1000)),
        groups: groups.map((_, index) => valuesFor(found, `g${index}`, ofGroup, range)),
        processes: Object.fromEntries(
          processes.map((process, index) => [process, valuesFor(found, `g${groups.length + index}`, ofProcess, range)]),
        ),
        alarms,
      };
    },
  };
}

async function findGroup(elb: ElasticLoadBalancingV2Client, name: string): Promise<TargetGroup | null> {
  try {
    return (await elb.send(new DescribeTargetGroupsCommand({ Names: [name] }))).TargetGroups?.[0] ?? null;
  } catch (error) {
    if (error instanceof TargetGroupNotFoundException) return null;
    throw error;
  }
}

/** What is asked of one target group or service. */
interface Asked {
  readonly namespace: string;
  /** `null`: nothing is measured, since no load balancer sends to it. */
  readonly dimensions: Readonly<Record<string, string>> | null;
  readonly wanted: Readonly<Record<string, Wanted>>;
}

const groupQueries = ({ TargetGroupArn = "", LoadBalancerArns: [balancer] = [] }: TargetGroup): Asked => ({
  namespace: "AWS/ApplicationELB",
  dimensions:
    balancer === undefined
      ? null
      : {
          LoadBalancer: balancer.replace(/^.*:loadbalancer\//, ""),
          TargetGroup: TargetGroupArn.replace(/^.*:/, ""),
        },
  wanted: ofGroup,
});

const processQueries = (
  options: Pick<ReleasesOptions, "cluster" | "namePrefix">,
  appId: number,
  name: string,
): Asked => ({
  namespace: "AWS/ECS",
  dimensions: {
    ClusterName: options.cluster,
    ServiceName: name === webProcess ? serviceName(options, appId) : processServiceName(options, appId, name),
  },
  wanted: ofProcess,
});

function queriesFor({ namespace, dimensions, wanted }: Asked, index: number, Period: number): MetricDataQuery[] {
  if (dimensions === null) return [];
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  return Object.entries(wanted).map(([name, { metric, stat }]) => ({
    Id: `g${index}_${name}`,
    MetricStat: { Metric: { Namespace: namespace, MetricName: metric, Dimensions }, Period, Stat: stat },
  }));
}

/** One call takes so many: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const mostQueries = 500;

/** What CloudWatch has, by the id of a query: pairs of a time in milliseconds and a value. */
async function readAll(
  client: CloudWatchClient,
  { from, to }: UsageRange,
  queries: readonly MetricDataQuery[],
): Promise<ReadonlyMap<string, readonly (readonly [at: number, value: number])[]>> {
  const found = new Map<string, (readonly [number, number])[]>();
  for (let first = 0; first < queries.length; first += mostQueries) {
    const MetricDataQueries = queries.slice(first, first + mostQueries);
    const range = { StartTime: new Date(from), EndTime: new Date(to) };
    const pages = paginateGetMetricData({ client }, { MetricDataQueries, ...range, ScanBy: "TimestampAscending" });
    // A page may have some values of a metric, and the next one the others.
    for (const { Id = "", Timestamps = [], Values = [] } of await collected(pages, (page) => page.MetricDataResults)) {
      const pairs = Timestamps.flatMap((at, index) => {
        const value = Values[index];
        return value === undefined ? [] : [[at.getTime(), value] as const];
      });
      found.set(Id, [...(found.get(Id) ?? []), ...pairs]);
    }
  }
  return found;
}

/** One value for each period of each metric; `null` where CloudWatch has none. */
function valuesFor<Name extends string>(
  found: Awaited<ReturnType<typeof readAll>>,
  prefix: string,
  wanted: Readonly<Record<Name, Wanted>>,
  { from, to, period_seconds }: UsageRange,
): Record<Name, Values> {
  const length = period_seconds * 1000;
  const valuesOf = (name: string, { shown = (value) => value }: Wanted): Values => {
    const values: Values = Array.from({ length: Math.floor((to - from) / length) }, () => null);
    for (const [at, value] of found.get(`${prefix}_${name}`) ?? []) {
      const period = Math.floor((at - from) / length);
      if (period >= 0 && period < values.length) values[period] = shown(value, period_seconds);
    }
    return values;
  };
  const entries = Object.entries<Wanted>(wanted).map(([name, one]) => [name, valuesOf(name, one)]);
  return Object.fromEntries(entries) as Record<Name, Values>;
}

/** JSON in a string, of which this much is read. */
const historyData = z.object({
  newState: z.object({ stateValue: z.string(), stateReason: z.string().default("") }),
});

/** `null`: it is neither an alarm nor the end of one. */
function changeOf(alarm: AlarmChange["alarm"], { Timestamp, HistoryData = "" }: AlarmHistoryItem): AlarmChange | null {
  const parsed = historyData.safeParse(jsonOf(HistoryData));
  if (Timestamp === undefined || !parsed.success) return null;
  const { stateValue, stateReason } = parsed.data.newState;
  return { at: Timestamp.toISOString(), alarm, state: stateValue === "ALARM" ? "alarm" : "ok", reason: stateReason };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
