import {
  ApplicationAutoScalingClient,
  DeleteScalingPolicyCommand,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingActivitiesCommand,
  DescribeScalingPoliciesCommand,
  ObjectNotFoundException,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
  ValidationException,
} from "@aws-sdk/client-application-auto-scaling";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Permission } from "@slipway/local-aws/kernel/service";
import { createAutoScaling } from "@slipway/local-aws/services/autoscaling/autoscaling";
import { afterMinute, NO_STREAKS, wantedFor } from "@slipway/local-aws/services/autoscaling/tracking";
import { manualClock, type TestClock } from "../support/clocks.ts";
import { type LocalAws, startLocalAws } from "../support/local-aws.ts";

const minuteMs = 60_000;
const place = {
  ServiceNamespace: "ecs",
  ResourceId: "service/slipway/shop",
  ScalableDimension: "ecs:service:DesiredCount",
} as const;

let aws: LocalAws;
let clock: TestClock;
let client: ApplicationAutoScalingClient;
/** The service, and what CloudWatch measured of it in the last minute. */
let service: { desired: number; isDeploying: boolean };
let measured: Record<string, number | undefined>;

beforeEach(async () => {
  clock = manualClock();
  service = { desired: 2, isDeploying: false };
  measured = {};
  aws = await startLocalAws({
    clock,
    services: [
      (context) =>
        createAutoScaling(context, {
          capacity: {
            of: (id) => (id === place.ResourceId ? service : undefined),
            set: (_, desired) => {
              service.desired = desired;
            },
          },
          lastMinute: ({ name }, stat) => measured[`${name} ${stat}`],
          minuteMs,
        }),
    ],
  });
  await aws.start();
  client = new ApplicationAutoScalingClient({ ...aws.client("worker"), maxAttempts: 1 });
});
afterEach(async () => {
  client.destroy();
  await aws.close();
});

const register = (MinCapacity: number, MaxCapacity: number) =>
  client.send(new RegisterScalableTargetCommand({ ...place, MinCapacity, MaxCapacity }));
const byCpu = { PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" } } as const;
const track = (TargetValue: number, metric: object = byCpu) =>
  client.send(
    new PutScalingPolicyCommand({
      ...place,
      PolicyName: "load",
      PolicyType: "TargetTrackingScaling",
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue,
        ScaleOutCooldown: 60,
        ScaleInCooldown: 300,
        ...metric,
      },
    }),
  );
/** So many minutes with this CPU use. */
const pass = (minutes: number, percent: number | undefined) => {
  measured = { "CPUUtilization Average": percent };
  for (let minute = 0; minute < minutes; minute++) clock.advance(minuteMs);
};

describe("a service that scales by its CPU use", () => {
  beforeEach(async () => {
    await register(2, 6);
    await track(50);
  });

  test("gets more tasks when it was above the target for three minutes, up to its maximum", () => {
    pass(2, 100);
    expect(service.desired).toBe(2);
    pass(1, 100);
    expect(service.desired).toBe(4);
    pass(3, 100);
    expect(service.desired).toBe(6);
    pass(10, 100);
    expect(service.desired).toBe(6);
  });

  test("gets fewer when it was well below for fifteen, but none while a release is under way", () => {
    service.desired = 6;
    pass(14, 10);
    expect(service.desired).toBe(6);
    service.isDeploying = true;
    pass(5, 10);
    expect(service.desired).toBe(6);
    service.isDeploying = false;
    pass(1, 10);
    expect(service.desired).toBe(2);
  });

  test("gets more also while a release is under way", () => {
    service.isDeploying = true;
    pass(3, 90);
    expect(service.desired).toBe(4);
  });

  test("stays as it is near the target, and where nothing is measured", () => {
    service.desired = 4;
    pass(40, 48);
    pass(40, undefined);
    expect(service.desired).toBe(4);
  });
});

test("requests of both target groups are shared by the tasks of the larger one", async () => {
  const stat = (Id: string, MetricName: string, Stat: string) => ({
    Id,
    MetricStat: { Metric: { Namespace: "AWS/ApplicationELB", MetricName, Dimensions: [] }, Stat },
    ReturnData: false,
  });
  const Metrics = [
    stat("asked", "RequestCount", "Sum"),
    stat("healthy", "HealthyHostCount", "Average"),
    { Id: "each", Expression: "FILL(asked, 0) / MAX([FILL(healthy, 0)])", ReturnData: true },
  ];
  await register(1, 10);
  await track(100, { CustomizedMetricSpecification: { Metrics } });
  measured = { "RequestCount Sum": 900, "HealthyHostCount Average": 2 };
  for (let minute = 0; minute < 3; minute++) clock.advance(minuteMs);
  expect(service.desired).toBe(9);
  // Without targets nothing can be said of each.
  measured = { "RequestCount Sum": 900, "HealthyHostCount Average": 0 };
  for (let minute = 0; minute < 20; minute++) clock.advance(minuteMs);
  expect(service.desired).toBe(9);
  await expect(track(1, { CustomizedMetricSpecification: { Metrics: Metrics.slice(0, 1) } })).rejects.toThrow(
    ValidationException,
  );
});

test("bounds are kept at once, and wrong ones are refused", async () => {
  await register(4, 6);
  expect(service.desired).toBe(4);
  await register(1, 3);
  expect(service.desired).toBe(3);
  await expect(register(5, 4)).rejects.toThrow(ValidationException);
  const other = { ...place, ResourceId: "service/slipway/none", MinCapacity: 1, MaxCapacity: 2 };
  await expect(client.send(new RegisterScalableTargetCommand(other))).rejects.toThrow("ECS service doesn't exist");
});

test("what is registered is listed, what was scaled is told, and both go when it is deregistered", async () => {
  await register(2, 6);
  await track(50);
  pass(3, 100);
  const { ScalableTargets } = await client.send(new DescribeScalableTargetsCommand({ ServiceNamespace: "ecs" }));
  expect(ScalableTargets).toEqual([expect.objectContaining({ ...place, MinCapacity: 2, MaxCapacity: 6 })]);
  const { ScalingPolicies } = await client.send(new DescribeScalingPoliciesCommand({ ServiceNamespace: "ecs" }));
  expect(ScalingPolicies).toEqual([expect.objectContaining({ PolicyName: "load" })]);
  const { ScalingActivities } = await client.send(new DescribeScalingActivitiesCommand({ ServiceNamespace: "ecs" }));
  expect(ScalingActivities).toEqual([expect.objectContaining({ Description: "Setting desired count to 4." })]);

  await client.send(new DeleteScalingPolicyCommand({ ...place, PolicyName: "load" }));
  pass(10, 100);
  expect(service.desired).toBe(4);
  await client.send(new DeregisterScalableTargetCommand(place));
  await expect(client.send(new DeregisterScalableTargetCommand(place))).rejects.toThrow(ObjectNotFoundException);
  await expect(track(50)).rejects.toThrow(ObjectNotFoundException);
});

test("who may not, does not", async () => {
  aws.deny(({ action }) => action === "application-autoscaling:RegisterScalableTarget");
  await expect(register(1, 2)).rejects.toThrow(/not authorized|AccessDenied/);
});

test("IAM is told whose target it is, by its tags of now and those that it is to have", async () => {
  const asked: Permission[] = [];
  aws.deny((permission) => asked.push(permission) === 0);
  const owned = (owner: string) =>
    client.send(new RegisterScalableTargetCommand({ ...place, MinCapacity: 1, MaxCapacity: 2, Tags: { owner } }));
  await owned("ours");
  await owned("theirs");
  await track(50);
  const told = asked.map(({ action, context = {} }) => [
    action.replace(/^.*:/, ""),
    Object.entries(context).filter(([key]) => key.startsWith("aws:")),
  ]);
  expect(told).toEqual([
    ["RegisterScalableTarget", [["aws:RequestTag/owner", "ours"]]],
    ["TagResource", [["aws:RequestTag/owner", "ours"]]],
    ...["RegisterScalableTarget", "TagResource"].map((action) => [
      action,
      [
        ["aws:ResourceTag/owner", "ours"],
        ["aws:RequestTag/owner", "theirs"],
      ],
    ]),
    ["PutScalingPolicy", [["aws:ResourceTag/owner", "theirs"]]],
  ]);
});

test("the arithmetic: never past the bounds, and one more task at least where it is too much", () => {
  const above = { above: 3, below: 0 };
  expect(wantedFor({ streaks: above, value: 51, target: 50 }, 4, { min: 1, max: 10 })).toBe(5);
  expect(wantedFor({ streaks: above, value: 500, target: 50 }, 4, { min: 1, max: 10 })).toBe(10);
  expect(wantedFor({ streaks: { above: 0, below: 15 }, value: 0, target: 50 }, 4, { min: 1, max: 10 })).toBe(1);
  expect(wantedFor({ streaks: NO_STREAKS, value: 500, target: 50 }, 4, { min: 1, max: 10 })).toBe(4);
  expect(afterMinute({ above: 2, below: 0 }, undefined, 50)).toEqual({ above: 2, below: 0 });
  expect(afterMinute({ above: 2, below: 0 }, 50, 50)).toEqual(NO_STREAKS);
});
