import { DescribeAlarmsCommand, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import * as ecs from "@aws-sdk/client-ecs";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Sandbox } from "@slipway/local-aws/containers/docker/sandbox";
import { StorageUnavailable, unwatchedStorage } from "@slipway/local-aws/kernel/storage";
import { sandboxHere } from "../../support/sandbox.ts";
import { visitors } from "../../support/visitors.ts";
import { temporaryDirectory } from "../support/files.ts";
import { freePort } from "../support/servers.ts";
import { eventually } from "../support/wait.ts";
import {
  type Cloud,
  define,
  INFRASTRUCTURE_ROLE,
  makeImage,
  type Release,
  startCloud,
  TEST_HEADER,
  twofoldFront,
} from "./start-ecs.ts";

let sandbox: Sandbox;
let home: ReturnType<typeof temporaryDirectory>;
let cloud: Cloud;
let image: string;
let port: number;
let balancer: Awaited<ReturnType<typeof twofoldFront>>;
const cluster = "slipway";

beforeAll(async () => {
  sandbox = await sandboxHere();
});
/** Why nothing is written at present; `null`: it is. */
let refusal: StorageUnavailable | null = null;
/** How often somebody asked for that. */
let asked = 0;
beforeEach(async () => {
  home = temporaryDirectory();
  image = makeImage(home.path);
  refusal = null;
  cloud = await startCloud(home.path, sandbox, 0, {
    ...unwatchedStorage(),
    refusal: () => {
      asked += 1;
      return refusal;
    },
  });
  port = await freePort();
  balancer = await twofoldFront(cloud.elb, port);
});
afterEach(async () => {
  await cloud.close();
  home.remove();
});

const deploymentCircuitBreaker = { enable: true, rollback: true };
// A minute lasts 6 s here.
const canary = {
  strategy: "CANARY" as const,
  deploymentCircuitBreaker,
  bakeTimeInMinutes: 0,
  canaryConfiguration: { canaryPercent: 25, canaryBakeTimeInMinutes: 1 },
};
const blueGreen = { strategy: "BLUE_GREEN" as const, deploymentCircuitBreaker, bakeTimeInMinutes: 0 };
const paused = {
  ...blueGreen,
  lifecycleHooks: [{ targetType: "PAUSE" as const, lifecycleStages: ["POST_TEST_TRAFFIC_SHIFT" as const] }],
};

async function deployments(): Promise<ecs.ServiceDeployment[]> {
  const listed = await cloud.ecs.send(new ecs.ListServiceDeploymentsCommand({ cluster, service: "app-1" }));
  const serviceDeploymentArns = listed.serviceDeployments?.map((one) => one.serviceDeploymentArn ?? "") ?? [];
  return (
    (await cloud.ecs.send(new ecs.DescribeServiceDeploymentsCommand({ serviceDeploymentArns }))).serviceDeployments ??
    []
  );
}

/** Waits until the newest service deployment is such. */
const newest = (expected: object, withinMs = 180_000): Promise<ecs.ServiceDeployment> =>
  eventually(async () => {
    const [one = {}] = await deployments();
    expect(one).toMatchObject(expected);
    return one;
  }, withinMs);

async function create(release: Release, deploymentConfiguration: ecs.DeploymentConfiguration): Promise<void> {
  await cloud.ecs.send(
    new ecs.CreateServiceCommand({
      cluster,
      serviceName: "app-1",
      taskDefinition: await define(cloud.ecs, image, release),
      desiredCount: 1,
      launchType: "FARGATE",
      loadBalancers: [balancer],
      deploymentConfiguration,
      healthCheckGracePeriodSeconds: 30,
    }),
  );
  await newest({ status: "SUCCESSFUL" });
}

async function update(release: Release, deploymentConfiguration: ecs.DeploymentConfiguration): Promise<void> {
  const taskDefinition = await define(cloud.ecs, image, release);
  await cloud.ecs.send(
    new ecs.UpdateServiceCommand({ cluster, service: "app-1", taskDefinition, deploymentConfiguration }),
  );
}

async function end(stopType: ecs.StopServiceDeploymentStopType): Promise<void> {
  const [{ serviceDeploymentArn } = {}] = await deployments();
  await cloud.ecs.send(new ecs.StopServiceDeploymentCommand({ serviceDeploymentArn, stopType }));
}

async function goOn(action: ecs.DeploymentLifecycleHookAction): Promise<void> {
  const [{ serviceDeploymentArn, lifecycleHookDetails } = {}] = await deployments();
  const hookId = lifecycleHookDetails?.[0]?.hookId;
  await cloud.ecs.send(new ecs.ContinueServiceDeploymentCommand({ serviceDeploymentArn, hookId, action }));
}

test("traffic that is being shifted waits while the disk is full, and is shifted to the end after that", async () => {
  await create({ version: "one" }, canary);
  await update({ version: "two" }, canary);
  await eventually(async () => expect(await weights()).toContain(25));
  refusal = new StorageUnavailable("The disk is full.");
  // Five times a second: the minute that the canary has is over while nothing can be written.
  asked = 0;
  await eventually(() => expect(asked).toBeGreaterThan(45));
  refusal = null;
  await newest({ status: "SUCCESSFUL" });
  expect(await ask()).toBe("two");
});

/** The weights of all rules. */
async function weights(): Promise<(number | undefined)[]> {
  const { Rules = [] } = await cloud.elb.send(
    new elb.DescribeRulesCommand({ RuleArns: [balancer.advancedConfiguration?.productionListenerRule ?? ""] }),
  );
  return Rules.flatMap(({ Actions = [] }) => Actions)
    .flatMap(({ ForwardConfig }) => ForwardConfig?.TargetGroups ?? [])
    .map(({ Weight }) => Weight);
}

const ask = async (headers: Record<string, string> = {}): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}/`, { headers })).text();

const onTarget = (weight: number) => ({ targetServiceRevision: { requestedProductionTrafficWeight: weight } });

describe("a release that shifts traffic", () => {
  test("no request fails over blue-green, linear, canary and rolling ones, one after the other", async () => {
    await create({ version: "0" }, blueGreen);
    const crowd = visitors(port);
    const linear = {
      strategy: "LINEAR" as const,
      deploymentCircuitBreaker,
      bakeTimeInMinutes: 0,
      linearConfiguration: { stepPercent: 50, stepBakeTimeInMinutes: 0 },
    };
    const rolling = { strategy: "ROLLING" as const, deploymentCircuitBreaker };
    for (const [version, configuration] of [blueGreen, linear, rolling, canary, rolling].entries()) {
      await update({ version: String(version + 1) }, configuration);
      await newest({ status: "SUCCESSFUL", ...onTarget(100) });
      expect(await ask()).toBe(String(version + 1));
    }
    const { asked, wrong, seen } = await crowd.leave();
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(20);
    expect([...seen].sort()).toEqual(["0", "1", "2", "3", "4", "5"]);
  });

  test("a canary gets its share, and who gives up gives all traffic back", async () => {
    await create({ version: "old" }, canary);
    const crowd = visitors(port);
    await update(
      { version: "new" },
      { ...canary, canaryConfiguration: { canaryPercent: 25, canaryBakeTimeInMinutes: 60 } },
    );
    const seen = await newest({ lifecycleStage: "PRODUCTION_TRAFFIC_SHIFT", ...onTarget(25) });
    expect(seen.sourceServiceRevisions).toMatchObject([{ requestedProductionTrafficWeight: 75 }]);
    const answers = await Promise.all(Array.from({ length: 200 }, () => ask()));
    const share = answers.filter((answer) => answer === "new").length;
    expect(share).toBeGreaterThan(15);
    expect(share).toBeLessThan(100);
    await end("ROLLBACK");
    await newest({ status: "ROLLBACK_SUCCESSFUL", ...onTarget(0) });
    expect(await Promise.all(Array.from({ length: 50 }, () => ask()))).toEqual(Array(50).fill("old"));
    expect((await crowd.leave()).wrong).toEqual([]);
  });

  test.each([
    ["exits at once", "exit"],
    ["is not healthy", "sick"],
  ])("one whose app %s never gets traffic, and is rolled back", async (_what, mode) => {
    await create({ version: "good" }, canary);
    const crowd = visitors(port);
    await update({ version: "bad", mode }, canary);
    const done = await newest({ status: "ROLLBACK_SUCCESSFUL" }, 40_000);
    expect(done.deploymentCircuitBreaker).toMatchObject({ status: "TRIGGERED", failureCount: 3 });
    const { wrong, seen } = await crowd.leave();
    expect(wrong).toEqual([]);
    expect([...seen]).toEqual(["good"]);
  });

  test("pauses after the test traffic until it is continued; the new version answers to testers only", async () => {
    await create({ version: "old" }, blueGreen);
    await update({ version: "new" }, paused);
    const waiting = {
      lifecycleStage: "POST_TEST_TRAFFIC_SHIFT",
      lifecycleHookDetails: [{ status: "AWAITING_ACTION" }],
    };
    const [hook] = (await newest(waiting)).lifecycleHookDetails ?? [];
    expect(hook).toMatchObject({ targetType: "PAUSE", timeoutAction: "ROLLBACK", expiresAt: expect.any(Date) });
    expect([await ask(TEST_HEADER), await ask()]).toEqual(["new", "old"]);
    await goOn("CONTINUE");
    await newest({ status: "SUCCESSFUL" });
    expect(await ask()).toBe("new");
    await expect(goOn("CONTINUE")).rejects.toThrow(ecs.InvalidParameterException);
  });

  test("is rolled back where its pause is ended so, or by nobody in time", async () => {
    await create({ version: "old" }, blueGreen);
    await update({ version: "refused" }, paused);
    await newest({ lifecycleHookDetails: [{ status: "AWAITING_ACTION" }] });
    await goOn("ROLLBACK");
    await newest({ status: "ROLLBACK_SUCCESSFUL", lifecycleHookDetails: [{ status: "FAILED" }] });
    const [hook] = paused.lifecycleHooks;
    await update(
      { version: "forgotten" },
      { ...paused, lifecycleHooks: [{ ...hook, timeoutConfiguration: { timeoutInMinutes: 1 } }] },
    );
    await newest({ status: "ROLLBACK_SUCCESSFUL", lifecycleHookDetails: [{ status: "TIMED_OUT" }] });
    expect([await ask(TEST_HEADER), await ask()]).toEqual(["old", "old"]);
  });

  test("a newer one takes the place of one in the middle of its canary, without a failed request", async () => {
    await create({ version: "1" }, canary);
    const crowd = visitors(port);
    await update(
      { version: "2" },
      { ...canary, canaryConfiguration: { canaryPercent: 25, canaryBakeTimeInMinutes: 60 } },
    );
    await newest(onTarget(25));
    await update({ version: "3" }, blueGreen);
    await newest({ status: "SUCCESSFUL" });
    expect(await ask()).toBe("3");
    expect((await crowd.leave()).wrong).toEqual([]);
  });

  test("goes on after a restart in the middle of its canary", async () => {
    await create({ version: "1" }, canary);
    await update({ version: "2" }, canary);
    await newest(onTarget(25));
    await cloud.close();
    cloud = await startCloud(home.path, sandbox);
    await eventually(async () => expect(["1", "2"]).toContain(await ask()));
    await newest({ status: "SUCCESSFUL" }, 30_000);
    expect(await ask()).toBe("2");
  });
});

describe("shifting traffic", () => {
  test("needs a second target group, rules, and that what serves was deployed with them", async () => {
    const { advancedConfiguration: _, ...plain } = balancer;
    const wanted = balancer;
    balancer = plain as typeof balancer;
    await expect(create({ version: "1" }, blueGreen)).rejects.toThrow("advancedConfiguration");
    await expect(create({ version: "1" }, { strategy: "BLUE_GREEN" })).rejects.toThrow("bakeTimeInMinutes");
    await create({ version: "1" }, { strategy: "ROLLING" });
    const change = (deploymentConfiguration: ecs.DeploymentConfiguration) =>
      cloud.ecs.send(
        new ecs.UpdateServiceCommand({ cluster, service: "app-1", loadBalancers: [wanted], deploymentConfiguration }),
      );
    await expect(change(blueGreen)).rejects.toThrow("was deployed before");
    await change({ strategy: "ROLLING" });
    await newest({ status: "SUCCESSFUL" });
    await update({ version: "2" }, blueGreen);
    await newest({ status: "SUCCESSFUL" });
    expect(await ask()).toBe("2");
  });

  test("is done as the role that the service names, which must be passed to it", async () => {
    await create({ version: "1" }, blueGreen);
    expect(cloud.asked).toContain(`worker iam:PassRole ${INFRASTRUCTURE_ROLE}`);
    const rule = balancer.advancedConfiguration.productionListenerRule;
    expect(cloud.asked).toContain(`ECSNetworkingWithELB elasticloadbalancing:ModifyRule ${rule}`);
    cloud.deny(({ action }) => action === "elasticloadbalancing:ModifyRule");
    await update({ version: "2" }, blueGreen);
    const done = await newest({ status: "ROLLBACK_SUCCESSFUL" });
    expect(done.statusReason).toMatch(/^Traffic could not be shifted: .*elasticloadbalancing:ModifyRule/);
    expect(await ask()).toBe("1");
  });

  test("by a rule that asks for a header reaches only requests that have it", async () => {
    const described = await cloud.elb.send(
      new elb.DescribeRulesCommand({ RuleArns: [balancer.advancedConfiguration.testListenerRule ?? ""] }),
    );
    expect(described.Rules?.[0]?.Conditions).toEqual([
      { Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "X-Test", Values: ["yes"] } },
    ]);
  });
});

describe("an alarm", () => {
  /** An alarm that is in `ALARM` while its threshold is below 10. Returns its configuration for a service. */
  async function alarm(name: string, Threshold: number, rollback = true): Promise<ecs.DeploymentConfiguration> {
    await cloud.cloudWatch.send(
      new PutMetricAlarmCommand({
        AlarmName: name,
        Metrics: [{ Id: "always", Expression: "10", ReturnData: true }],
        ComparisonOperator: "GreaterThanThreshold",
        Threshold,
        EvaluationPeriods: 1,
        TreatMissingData: "notBreaching",
      }),
    );
    return { ...blueGreen, bakeTimeInMinutes: 60, alarms: { alarmNames: [name], enable: true, rollback } };
  }
  const isInAlarm = (name: string) =>
    eventually(async () => {
      const { MetricAlarms } = await cloud.cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }));
      expect(MetricAlarms?.[0]?.StateValue).toBe("ALARM");
    });

  test("that goes into alarm puts the earlier version back, or ends the deployment where it is not to", async () => {
    await create({ version: "one" }, blueGreen);
    await update({ version: "two" }, await alarm("quiet", 50));
    const baking = await newest({ lifecycleStage: "BAKE_TIME" });
    expect(baking.alarms).toEqual({ alarmNames: ["quiet"], status: "MONITORING", triggeredAlarmNames: [] });
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("two");
    await alarm("quiet", 5);
    const back = await newest({ status: "ROLLBACK_SUCCESSFUL" });
    expect(back.alarms).toEqual({ alarmNames: ["quiet"], status: "TRIGGERED", triggeredAlarmNames: ["quiet"] });
    expect(back.statusReason).toContain("alarm(s) detected");
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("one");

    await update({ version: "three" }, await alarm("other", 50, false));
    await newest({ lifecycleStage: "BAKE_TIME" });
    await alarm("other", 5, false);
    expect((await newest({ status: "STOPPED" })).alarms?.triggeredAlarmNames).toEqual(["other"]);
  });

  test("that was in alarm before does not keep a fix from being deployed", async () => {
    const configuration = { ...(await alarm("loud", 5)), bakeTimeInMinutes: 0 };
    await create({ version: "one" }, blueGreen);
    await isInAlarm("loud");
    await update({ version: "two" }, configuration);
    expect((await newest({ status: "SUCCESSFUL" })).alarms).toMatchObject({ status: "DISABLED" });
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("two");
  });
});
