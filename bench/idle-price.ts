import * as z from "zod";
import { prices } from "./prices.ts";

const templateSchema = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
});

export interface IdlePrice {
  readonly what: string;
  /** A month, in dollars, without any free tier but those of alarms and dashboards, which every account has for ever. */
  readonly dollars: number;
}

const minutesAMonth = 30 * 24 * 60;
/** Lambda polls a queue with five long polls of 20 s each, whether anything is in it or not. */
const pollsAMinute = 15;
const free = { alarmMetrics: 10, dashboards: 3, dashboardMonth: 3 };
/** What a message of a schedule makes the worker do: some reads, in at most this long, at 512 MB. */
const sweep = { seconds: 0.2, gigabytes: 0.5, readUnits: 10, requests: 3 };

const minutesOf = (expression: unknown): number => {
  const [, count = "1", unit = "minute"] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(String(expression)) ?? [];
  return Number(count) * { minute: 1, hour: 60, day: 1440 }[unit as "minute" | "hour" | "day"];
};

/** What the control plane costs a month while nobody deploys or watches, from its template. */
export function idlePrices(template: unknown): IdlePrice[] {
  const all = Object.values(templateSchema.parse(template).Resources);
  const of = (type: string) => all.filter((one) => one.Type === type);
  const metrics = of("AWS::CloudWatch::Alarm").reduce((sum, { Properties: { Metrics } }) => {
    const list = Array.isArray(Metrics) ? Metrics.filter((one) => "MetricStat" in one).length : 1;
    return sum + list;
  }, 0);
  const queues = of("AWS::Lambda::EventSourceMapping").filter(({ Properties }) => !("StartingPosition" in Properties));
  const messages = of("AWS::Scheduler::Schedule").reduce(
    (sum, { Properties }) => sum + minutesAMonth / minutesOf(Properties.ScheduleExpression),
    0,
  );
  const dashboards = Math.max(0, of("AWS::CloudWatch::Dashboard").length - free.dashboards);
  const { lambda, sqs, dynamodb, eventbridge } = prices;
  const aMessage =
    eventbridge.scheduled +
    sweep.requests * sqs.request +
    lambda.request +
    sweep.seconds * sweep.gigabytes * lambda.gigabyteSecond +
    sweep.readUnits * dynamodb.readUnit;
  return [
    { what: "secrets", dollars: of("AWS::SecretsManager::Secret").length * prices.secretsManager.secretMonth },
    {
      what: "metrics that alarms watch, beyond ten",
      dollars: Math.max(0, metrics - free.alarmMetrics) * prices.cloudWatch.alarmMetricMonth,
    },
    { what: "dashboards beyond three", dollars: dashboards * free.dashboardMonth },
    {
      what: "Lambda's polling of the queues",
      dollars: queues.length * pollsAMinute * minutesAMonth * sqs.request,
    },
    { what: "messages of the schedules", dollars: messages * aMessage },
  ];
}

/** What costs something by the hour, and so has no place in a control plane that is idle. */
export const billedByTheHour: readonly string[] = [
  "AWS::EC2::NatGateway",
  "AWS::EC2::Instance",
  "AWS::EC2::EIP",
  "AWS::EC2::VPCEndpoint",
  "AWS::ElasticLoadBalancingV2::LoadBalancer",
  "AWS::ECS::Service",
  "AWS::RDS::DBInstance",
  "AWS::ElastiCache::CacheCluster",
  "AWS::KMS::Key",
  "AWS::Route53::HostedZone",
];
