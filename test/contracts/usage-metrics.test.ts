import { CloudWatchClient, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type CloudWatch, createCloudWatch } from "@slipway/local-aws/services/cloudwatch/cloudwatch";
import { createElb } from "@slipway/local-aws/services/elb/elb";
import { awsUsageMetrics } from "../../lib/adapters/cloudwatch/usage.ts";
import type { UsageMetrics } from "../../lib/core/ports/usage.ts";
import { type LocalAws, startLocalAws } from "../local-aws/support/local-aws.ts";

const minuteMs = 60_000;
const start = Date.parse("2026-11-02T10:00:00Z");
let now: number;
let aws: LocalAws;
let cloudWatch: CloudWatch;
let judge: (() => void) | undefined;
let clients: { cloudWatch: CloudWatchClient; elb: ElasticLoadBalancingV2Client };
let metrics: UsageMetrics;

const clock = {
  now: () => now,
  elapsed: () => now,
  after: (_ms: number, run: () => void) => {
    judge = run;
    return () => undefined;
  },
};

beforeEach(async () => {
  now = start;
  aws = await startLocalAws({ clock });
  cloudWatch = aws.add(createCloudWatch(aws.context));
  aws.add(createElb(aws.context));
  const configuration = { ...aws.client(), maxAttempts: 1 };
  clients = {
    cloudWatch: new CloudWatchClient(configuration),
    elb: new ElasticLoadBalancingV2Client(configuration),
  };
  metrics = awsUsageMetrics(clients, { cluster: "slipway", namePrefix: "slipway" });
});
afterEach(async () => {
  clients.cloudWatch.destroy();
  clients.elb.destroy();
  await aws.close();
});

const read = (periods = 5, period_seconds = 60) =>
  metrics.read({
    app_id: 7,
    processes: ["web"],
    from: start,
    to: start + periods * period_seconds * 1000,
    period_seconds,
  });

/** The two groups of app 7, of which only the first gets requests; answers how metrics of it are counted. */
async function groups(): Promise<(name: string, value: number) => void> {
  const { LoadBalancers: [balancer] = [] } = await clients.elb.send(
    new CreateLoadBalancerCommand({ Name: "slipway-apps", Subnets: ["subnet-1", "subnet-2"], Type: "application" }),
  );
  const make = async (Name: string) => {
    const asked = { Name, Protocol: "HTTP", Port: 80, VpcId: "vpc-1", TargetType: "ip" } as const;
    return (await clients.elb.send(new CreateTargetGroupCommand(asked))).TargetGroups?.[0]?.TargetGroupArn ?? "";
  };
  const [TargetGroupArn] = [await make("slipway-7"), await make("slipway-7-b")];
  await clients.elb.send(
    new CreateListenerCommand({
      LoadBalancerArn: balancer?.LoadBalancerArn ?? "",
      Protocol: "HTTP",
      Port: 39_417,
      DefaultActions: [{ Type: "forward", TargetGroupArn }],
    }),
  );
  const dimensions = {
    LoadBalancer: (balancer?.LoadBalancerArn ?? "").replace(/^.*:loadbalancer\//, ""),
    TargetGroup: TargetGroupArn.replace(/^.*:/, ""),
  };
  return (name, value) => cloudWatch.record({ namespace: "AWS/ApplicationELB", name, dimensions }, value);
}
const ofTasks = (name: string, value: number) =>
  cloudWatch.publish(
    { namespace: "AWS/ECS", name, dimensions: { ClusterName: "slipway", ServiceName: "slipway-7" } },
    value,
  );

test("an app that was never released has no groups, and nothing was measured", async () => {
  const nothing = [null, null, null, null, null];
  expect(await read()).toMatchObject({
    from: "2026-11-02T10:00:00.000Z",
    period_seconds: 60,
    periods: 5,
    groups: [],
    processes: { web: { cpu: nothing, memory: nothing, tasks: nothing } },
    alarms: [],
  });
});

test("what was counted in a minute is that minute's, and a minute without anything has null", async () => {
  const count = await groups();
  for (const seconds of [0.02, 0.02, 0.9]) {
    count("RequestCount", 1);
    count("TargetResponseTime", seconds);
  }
  count("HTTPCode_Target_5XX_Count", 1);
  count("UnHealthyHostCount", 0);
  count("UnHealthyHostCount", 2);
  count("UnHealthyHostCount", 1);
  for (const percent of [10, 30]) ofTasks("CPUUtilization", percent);
  for (const percent of [40, 50]) ofTasks("MemoryUtilization", percent);
  now += 2 * minuteMs;
  count("RequestCount", 1);
  now += 3 * minuteMs;
  const { groups: shown, processes } = await read();
  expect(shown).toHaveLength(2);
  expect(shown[0]).toMatchObject({
    requests: [3, null, 1, null, null],
    errors_5xx: [1, null, null, null, null],
    errors_4xx: [null, null, null, null, null],
    unhealthy_tasks: [2, null, null, null, null],
  });
  expect(shown[0]?.latency_p50[0]).toBeCloseTo(20, 0);
  expect(shown[0]?.latency_p99[0]).toBe(900);
  expect(shown[1]?.requests).toEqual([null, null, null, null, null]);
  expect(processes.web?.cpu[0]).toBe(20);
  expect(processes.web?.memory[0]).toBe(45);
  expect(processes.web?.tasks).toEqual([2, null, null, null, null]);
});

test("by the hour requests are added, and tasks are those that ran on average", async () => {
  const count = await groups();
  for (let minute = 0; minute < 60; minute += 1) {
    count("RequestCount", 1);
    ofTasks("CPUUtilization", 10);
    if (minute < 30) ofTasks("CPUUtilization", 10);
    now += minuteMs;
  }
  now += 2 * minuteMs;
  count("RequestCount", 1);
  const { groups: shown, processes } = await read(2, 3600);
  expect(shown[0]?.requests[0]).toBe(60);
  expect(processes.web?.tasks[0]).toBe(1.5);
});

test("alarms that went off and are silent again are known, and nobody else's", async () => {
  const count = await groups();
  const query = (Id: string, Value: string) => ({
    Id,
    MetricStat: {
      Metric: {
        Namespace: "AWS/ApplicationELB",
        MetricName: "HTTPCode_Target_5XX_Count",
        Dimensions: [{ Name: "TargetGroup", Value }],
      },
      Period: 60,
      Stat: "Sum",
    },
    ReturnData: false,
  });
  for (const AlarmName of ["slipway-7-errors", "slipway-8-errors"])
    await clients.cloudWatch.send(
      new PutMetricAlarmCommand({
        AlarmName,
        Metrics: [query("failed", "none"), { Id: "judged", Expression: "FILL(failed, 5)", ReturnData: true }],
        ComparisonOperator: "GreaterThanThreshold",
        Threshold: 3,
        EvaluationPeriods: 1,
        TreatMissingData: "notBreaching",
      }),
    );
  count("RequestCount", 1);
  now += minuteMs;
  judge?.();
  expect((await read()).alarms).toEqual([
    {
      at: "2026-11-02T10:01:00.000Z",
      alarm: "errors",
      state: "alarm",
      reason: expect.stringContaining("Threshold Crossed"),
    },
  ]);
});
