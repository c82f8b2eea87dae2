import {
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
} from "@aws-sdk/client-application-auto-scaling";
import * as cloudWatch from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import * as ecs from "@aws-sdk/client-ecs";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { Route53Client } from "@aws-sdk/client-route-53";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { releaseFinders } from "../../lib/adapters/ecs/finders.ts";
import { awsReleases } from "../../lib/adapters/ecs/releases.ts";
import type { Settings } from "../../lib/core/app.ts";
import type { ReleaseSeen } from "../../lib/core/deployment/event.ts";
import type { Finder } from "../../lib/core/ports/infrastructure.ts";
import type { ReleaseOrder, Releases } from "../../lib/core/ports/releases.ts";
import { type Cloud, makeImage, startCloud } from "../local-aws/ecs/start-ecs.ts";
import { temporaryDirectory } from "../local-aws/support/files.ts";
import { eventually } from "../local-aws/support/wait.ts";
import { someApp, someSettings } from "../support/deployments.ts";
import { memoryPlacements } from "../support/memory-stores.ts";
import { sandboxHere } from "../support/sandbox.ts";
import { installed } from "./installed.ts";
import { freshId } from "./ports.ts";
import { type Fate, releasesContract } from "./releases.ts";

let home: ReturnType<typeof temporaryDirectory>;
let cloud: Cloud;
let image: string;
let logs: CloudWatchLogsClient;
let releases: Releases;
/** The same, after the operator gave tasks private subnets. */
let inPrivate: Releases;
let finders: readonly Finder[];
/** What ECS was asked to change, by service. */
const updates: ecs.UpdateServiceCommandInput[] = [];

beforeAll(async () => {
  home = temporaryDirectory();
  image = makeImage(home.path);
  // ECS lists what it was told later, and how much later is not promised.
  cloud = await startCloud(home.path, await sandboxHere(), 3000);
  logs = new CloudWatchLogsClient(cloud.sdk);
  cloud.ecs.middlewareStack.add(
    (next, { commandName }) =>
      (given) => {
        if (commandName === "UpdateServiceCommand") updates.push(given.input as ecs.UpdateServiceCommandInput);
        return next(given);
      },
    { step: "initialize" },
  );
  const redactionFor = async () => (line: string) => line;
  const records = new Route53Client(cloud.sdk);
  const placements = memoryPlacements();
  const balancing = { elb: cloud.elb, records, placements };
  const clients = {
    ecs: cloud.ecs,
    ...balancing,
    logs,
    cloudWatch: cloud.cloudWatch,
    scaling: cloud.scaling,
    redactionFor,
  };
  const aws = awsReleases(clients, installed);
  finders = releaseFinders(clients, installed);
  releases = { ...aws, start: (order) => aws.start({ ...order, image_digest: image }) };
  const taskNetwork = { subnetIds: ["subnet-2", "subnet-3"], securityGroupIds: ["sg-2"], hasPublicAddress: false };
  const moved = awsReleases(clients, { ...installed, taskNetwork });
  inPrivate = { ...moved, start: (order) => moved.start({ ...order, image_digest: image }) };
});

afterAll(async () => {
  logs.destroy();
  await cloud.close();
  home.remove();
});

const modes: Readonly<Record<Fate, string>> = { good: "", sick: "sick", "fails its check": "failing" };
const pass = () => new Promise<void>((resume) => setTimeout(resume, 100));
const settings = (fate: Fate): Partial<Settings> => ({
  health_check_path: "/health",
  // What works may take long on a busy machine; what does not is waited for.
  startup_seconds: fate === "good" ? 300 : 30,
  env: { VERSION: fate, MODE: modes[fate] },
});

releasesContract(() => ({ releases, settings, foretell: () => undefined, pass }), test.concurrent);

const orderOf = (app_id: number, change: Partial<Settings>): ReleaseOrder => ({
  deployment_id: freshId(),
  app_id,
  commit_hash: "c".repeat(40),
  image_digest: image,
  settings: someSettings({ name: `app-${app_id}`, ...settings("good"), ...change }),
});

async function released(order: ReleaseOrder, by: Releases = releases): Promise<string> {
  const start = await eventually(async () => {
    const answer = await by.start(order);
    if (answer.outcome !== "started") throw new Error(`It is ${answer.outcome}.`);
    return answer;
  });
  await eventually(async () => expect(await releases.see(order, null)).toMatchObject({ state: "succeeded" }), 120_000);
  return (await fetch(start.load_balancer_url)).text();
}

const serviceOf = async (app: number): Promise<ecs.Service | undefined> =>
  (await cloud.ecs.send(new ecs.DescribeServicesCommand({ cluster: "slipway", services: [`slipway-${app}`] })))
    .services?.[0];

const blueGreen = { strategy: { type: "blue_green", bake_minutes: 0 } } as const;

/** Which statuses are healthy by each of an app's two target groups. */
async function expectedBy(app: number): Promise<(string | undefined)[]> {
  const Names = [`slipway-${app}`, `slipway-${app}-b`];
  const { TargetGroups = [] } = await cloud.elb.send(new elb.DescribeTargetGroupsCommand({ Names }));
  return Names.map((name) => TargetGroups.find((group) => group.TargetGroupName === name)?.Matcher?.HttpCode);
}

test.concurrent("a version that serves is judged by its own health check, whatever the next one asks for", async () => {
  const app = freshId();
  // The first of the two serves.
  await released(orderOf(app, {}));
  expect(await expectedBy(app)).toEqual(["200-399", "200-399"]);
  const order = orderOf(app, { health_check_expect: "299", startup_seconds: 1 });
  await eventually(async () => expect(await releases.start(order)).toMatchObject({ outcome: "started" }));
  // Nobody ever answers that: it fails, and the earlier version was healthy all the time.
  await eventually(async () => expect(await releases.see(order, null)).toMatchObject({ state: "failed" }), 180_000);
  expect(await expectedBy(app)).toEqual(["200-399", "299"]);
  const { events = [] } = (await serviceOf(app)) ?? {};
  const unhealthy = events.filter(({ message = "" }) => message.includes("unhealthy in")).length;
  expect(unhealthy).toBeLessThanOrEqual(3);
  await released(orderOf(app, {}));
  expect(await expectedBy(app)).toEqual(["200-399", "200-399"]);
  // Each version has its own to the end.
  const other = orderOf(app, { health_check_expect: "200" });
  await released(other);
  expect(await expectedBy(app)).toEqual(["200-399", "200"]);
});

test.concurrent("a service's tasks are in the subnets that the operator chose since, from its next release on", async () => {
  const app = freshId();
  await released(orderOf(app, {}));
  await released(orderOf(app, {}), inPrivate);
  const { awsvpcConfiguration } = (await serviceOf(app))?.networkConfiguration ?? {};
  expect(awsvpcConfiguration).toEqual({
    subnets: ["subnet-2", "subnet-3"],
    securityGroups: ["sg-2"],
    assignPublicIp: "DISABLED",
  });
  await released(orderOf(app, {}), inPrivate);
  const named = updates.filter(({ service }) => service === `slipway-${app}`).map((one) => one.networkConfiguration);
  // What is not named stays as it is.
  expect(named).toEqual([{ awsvpcConfiguration }, undefined]);
});

test.concurrent("an app's listener carries the name that it is given", async () => {
  const app = freshId();
  await released(orderOf(app, { name: "old" }));
  const namesOf = async () => {
    const { LoadBalancers: [{ LoadBalancerArn } = {}] = [] } = await cloud.elb.send(
      new elb.DescribeLoadBalancersCommand({}),
    );
    const { Listeners = [] } = await cloud.elb.send(new elb.DescribeListenersCommand({ LoadBalancerArn }));
    const ResourceArns = Listeners.map(({ ListenerArn = "" }) => ListenerArn);
    const { TagDescriptions = [] } = await cloud.elb.send(new elb.DescribeTagsCommand({ ResourceArns }));
    const tags = TagDescriptions.map(({ Tags = [] }) => new Map(Tags.map(({ Key, Value }) => [Key, Value])));
    return tags.filter((one) => one.get("slipway:app") === String(app)).map((one) => one.get("slipway:name"));
  };
  expect(await namesOf()).toEqual(["old"]);
  await releases.name(app, { name: "new", former: [], before: null });
  expect(await namesOf()).toEqual(["new"]);
  await releases.name(freshId(), { name: "nobody", former: [], before: null });
});

test.concurrent("a service that was made with one target group shifts traffic from its next release on", async () => {
  const app = freshId();
  await released(orderOf(app, { env: { VERSION: "old" } }));
  const [now] = (await serviceOf(app))?.loadBalancers ?? [];
  const { advancedConfiguration: _, ...plain } = now ?? {};
  const change = { cluster: "slipway", service: `slipway-${app}`, loadBalancers: [plain] };
  await cloud.ecs.send(new ecs.UpdateServiceCommand(change));
  await eventually(async () => expect((await serviceOf(app))?.currentServiceDeployment).toBeUndefined());
  expect(await released(orderOf(app, { ...blueGreen, env: { VERSION: "new" } }))).toBe("new");
  const [ours, prepared] =
    (
      await cloud.ecs.send(new ecs.ListServiceDeploymentsCommand({ cluster: "slipway", service: `slipway-${app}` }))
    ).serviceDeployments?.map((one) => one.serviceDeploymentArn ?? "") ?? [];
  const input = { serviceDeploymentArns: [ours ?? "", prepared ?? ""] };
  const { serviceDeployments } = await cloud.ecs.send(new ecs.DescribeServiceDeploymentsCommand(input));
  const strategies = serviceDeployments?.map((one) => one.deploymentConfiguration?.strategy);
  expect(strategies).toEqual(["BLUE_GREEN", "ROLLING"]);
});

test.concurrent("an app has the time to start that it asks for, from its first release on and with each later one", async () => {
  const app = freshId();
  const grace = async () => (await serviceOf(app))?.healthCheckGracePeriodSeconds;
  await released(orderOf(app, { startup_seconds: 90 }));
  expect(await grace()).toBe(90);
  await released(orderOf(app, { startup_seconds: 300 }));
  expect(await grace()).toBe(300);
});

test.concurrent("an app that scales is told how many tasks to run by its load, from its first release until it says so itself", async () => {
  const app = freshId();
  const ResourceIds = [`service/slipway/slipway-${app}`];
  const target = async () => {
    const asked = new DescribeScalableTargetsCommand({ ServiceNamespace: "ecs", ResourceIds });
    const [found] = (await cloud.scaling.send(asked)).ScalableTargets ?? [];
    return found && [found.MinCapacity, found.MaxCapacity];
  };
  const policies = async () => {
    const asked = new DescribeScalingPoliciesCommand({ ServiceNamespace: "ecs", ResourceId: ResourceIds[0] });
    const { ScalingPolicies = [] } = await cloud.scaling.send(asked);
    return ScalingPolicies.map((one) => one.TargetTrackingScalingPolicyConfiguration?.TargetValue);
  };
  const byCpu = { min: 1, max: 3, cpu_percent: 60, requests_per_task: null };
  await released(orderOf(app, { scaling: byCpu, instances: 2 }));
  expect([await target(), await policies(), (await serviceOf(app))?.desiredCount]).toEqual([[1, 3], [60], 1]);

  await cloud.ecs.send(
    new ecs.UpdateServiceCommand({ cluster: "slipway", service: `slipway-${app}`, desiredCount: 2 }),
  );
  const byRequests = { min: 1, max: 4, cpu_percent: null, requests_per_task: 500 };
  await released(orderOf(app, { scaling: byRequests, env: { VERSION: "two" } }));
  expect([await target(), await policies(), (await serviceOf(app))?.desiredCount]).toEqual([[1, 4], [500], 2]);
  expect(updates.findLast(({ service }) => service === `slipway-${app}`)).not.toHaveProperty("desiredCount");

  await released(orderOf(app, { scaling: null, instances: 1, env: { VERSION: "three" } }));
  expect([await target(), (await serviceOf(app))?.desiredCount]).toEqual([undefined, 1]);
  await released(orderOf(app, { scaling: byCpu, env: { VERSION: "four" } }));
  await eventually(async () => expect(await releases.remove({ id: app })).toBe(true), 120_000);
  expect(await target()).toBeUndefined();
});

test.concurrent("what an app asks for of its health check and its tasks, each of its releases has", async () => {
  const app = freshId();
  const registered = async () => {
    const taskDefinition = (await serviceOf(app))?.taskDefinition;
    const found = await cloud.ecs.send(new ecs.DescribeTaskDefinitionCommand({ taskDefinition }));
    const { runtimePlatform, containerDefinitions: [{ stopTimeout } = {}] = [] } = found.taskDefinition ?? {};
    return [stopTimeout, runtimePlatform?.cpuArchitecture, await expectedBy(app)];
  };
  await released(orderOf(app, {}));
  expect(await registered()).toEqual([30, "X86_64", ["200-399", "200-399"]]);
  await released(orderOf(app, { stop_seconds: 0, architecture: "arm64", health_check_expect: "200,204" }));
  // The version before is judged as it was.
  expect(await registered()).toEqual([2, "ARM64", ["200-399", "200,204"]]);
});

test.concurrent("each kind of what a release makes is found under its app, until the app is removed", async () => {
  const app = freshId();
  await released(orderOf(app, blueGreen));
  await released(
    orderOf(app, {
      strategy: { type: "blue_green", bake_minutes: 1 },
      alarms: { error_percent: 5, latency_ms: null },
      scaling: { min: 1, max: 2, cpu_percent: 90, requests_per_task: null },
    }),
  );
  const found = async () => {
    const listings = await Promise.all(
      finders.map(async ({ kind, find }) => (await find()).filter(({ app_id }) => app_id === app).map(() => kind)),
    );
    return listings.flat().toSorted();
  };
  expect(await found()).toEqual([
    "alarm",
    "listener",
    "listener rule",
    "listener rule",
    "log group",
    "scalable target",
    "service",
    "target group",
    "target group",
    "task definition family",
  ]);
  await eventually(async () => expect(await releases.remove({ id: app })).toBe(true), 120_000);
  expect(await found()).toEqual([]);
});

test.concurrent("what is named as by an installation and by none of its apps is found without an app", async () => {
  const { TargetGroups: [group] = [] } = await cloud.elb.send(
    new elb.CreateTargetGroupCommand({
      Name: "slipway-lost",
      Protocol: "HTTP",
      Port: 80,
      VpcId: "vpc-1",
      TargetType: "ip",
    }),
  );
  const other = { Name: "slipwaystaging-1", Protocol: "HTTP", Port: 80, VpcId: "vpc-1", TargetType: "ip" } as const;
  await cloud.elb.send(new elb.CreateTargetGroupCommand(other));
  const finder = finders.find(({ kind }) => kind === "target group");
  const names = (await finder?.find())?.filter(({ app_id }) => app_id === null).map(({ name }) => name);
  expect(names).toEqual(["slipway-lost"]);
  await cloud.elb.send(new elb.DeleteTargetGroupCommand({ TargetGroupArn: group?.TargetGroupArn }));
});

test.concurrent("the load balancer is named only where it changes", async () => {
  const app = freshId();
  await released(orderOf(app, { port: 3000 }));
  await released(orderOf(app, { port: 3000, env: { VERSION: "new" } }));
  await released(orderOf(app, { port: 3001 }));
  const own = updates.filter(({ service }) => service === `slipway-${app}`);
  expect(own.map(({ loadBalancers }) => loadBalancers?.map(({ containerPort }) => containerPort))).toEqual([
    undefined,
    [3001],
  ]);
});

// By itself: beside others a look takes so long that ECS has given up before the next one.
test("the first task that is not healthy in its time, and a crash, are seen before ECS gives up", async () => {
  const app = freshId();
  await released(orderOf(app, {}));
  const until = async (order: ReleaseOrder, isSeen: (seen: ReleaseSeen) => boolean): Promise<ReleaseSeen> => {
    await eventually(async () => expect(await releases.start(order)).toMatchObject({ outcome: "started" }));
    let last: ReleaseSeen | undefined;
    await eventually(async () => {
      last = await releases.see(order, null);
      expect(isSeen(last)).toBe(true);
    });
    if (last === undefined) throw new Error("Nothing was seen.");
    return last;
  };
  // Long enough for a busy machine to have the app answer before it is judged.
  const sick = orderOf(app, { ...settings("sick"), startup_seconds: 100 });
  expect(await until(sick, ({ unhealthy }) => unhealthy !== null)).toMatchObject({
    state: "in_progress",
    unhealthy: expect.stringMatching(/^The new version did not become healthy: GET \/health on port \d+: .*500/),
  });
  await releases.stop(sick, null);
  await eventually(async () => expect((await releases.see(sick, null)).state).toBe("failed"), 120_000);
  // ECS gives up after three of them: the later ones are there to be looked at, however long a look takes.
  const crashing = orderOf(app, { env: { MODE: "exit late" } });
  expect(await until(crashing, ({ trouble }) => trouble !== null)).toMatchObject({
    trouble: expect.stringMatching(/^The container exited with code \d+ while starting\. ECS starts it again\./),
  });
});

test.concurrent("the version that is checked answers nobody who does not know the key", async () => {
  const app = freshId();
  await released(orderOf(app, { env: { VERSION: "old" } }));
  const smoke_check = { path: "/", expect_status: 200 };
  const order = orderOf(app, { strategy: { ...blueGreen.strategy, smoke_check }, env: { VERSION: "new" } });
  const { load_balancer_url: url = "" } = { ...(await releases.start(order)) } as { load_balancer_url?: string };
  await eventually(async () => expect(await releases.see(order, null)).toMatchObject({ paused: true }), 120_000);
  const ask = async (headers: Record<string, string>) => (await fetch(url, { headers })).text();
  expect([await ask({}), await ask({ "x-slipway-test": "yes" })]).toEqual(["old", "old"]);
  const groups = await cloud.elb.send(new elb.DescribeTargetGroupsCommand({ Names: [`slipway-${app}`] }));
  const key = groups.TargetGroups?.[0]?.TargetGroupArn?.split("/").at(-1) ?? "";
  expect(await ask({ "x-slipway-test": key })).toBe("new");
  await releases.check(order, null, true);
  await eventually(async () => expect(await ask({})).toBe("new"));
});

test.concurrent("a task that cannot start says why while it is tried, and in the end, with what to do", async () => {
  const app = freshId();
  await released(orderOf(app, {}));
  const order = orderOf(app, { secrets: ["ABSENT"] });
  await eventually(async () => expect(await releases.start(order)).toMatchObject({ outcome: "started" }));
  const why = new RegExp(
    `^ECS could not read the app's secrets: ResourceInitializationError: .*/slipway/apps/${app}/ABSENT\\. Set the app's secrets again \\(ABSENT\\)`,
  );
  const seen: ReleaseSeen[] = [];
  await eventually(async () => {
    seen.push(await releases.see(order, null));
    expect(seen.at(-1)?.state).toBe("failed");
  });
  expect(seen.at(-1)).toMatchObject({ reason: expect.stringMatching(why), exit_code: null, restored: true });
  for (const { trouble } of seen) if (trouble !== null) expect(trouble).toMatch(why);
  expect(await releases.output(order)).toEqual([]);
});

test.concurrent("an app that exits at its start says so with its own words", async () => {
  const app = freshId();
  await released(orderOf(app, {}));
  const order = orderOf(app, { env: { VERSION: "broken", MODE: "exit" } });
  await eventually(async () => expect(await releases.start(order)).toMatchObject({ outcome: "started" }));
  await eventually(async () => expect(await releases.see(order, null)).toMatchObject({ state: "failed" }), 120_000);
  const { reason, exit_code } = await releases.see(order, null);
  expect(exit_code).toBe(3);
  expect(reason).toMatch(/exited with code 3 while starting.*It printed last: .*cannot go on/);
  expect(await releases.output(order)).toEqual(expect.arrayContaining(["starting broken", "cannot go on"]));
});

// Listeners are counted, so no other app may come or go meanwhile.
test("a removed app leaves no service, listener, rule or target group behind", async () => {
  const app = freshId();
  await released(orderOf(app, {}));
  await released(orderOf(app, blueGreen));
  const names = [`slipway-${app}`, `slipway-${app}-b`];
  const groups = async () => (await cloud.elb.send(new elb.DescribeTargetGroupsCommand({}))).TargetGroups ?? [];
  const own = (await groups()).filter(({ TargetGroupName = "" }) => names.includes(TargetGroupName));
  expect(own).toHaveLength(2);
  const LoadBalancerArn = own[0]?.LoadBalancerArns?.[0];
  const listeners = async () =>
    (await cloud.elb.send(new elb.DescribeListenersCommand({ LoadBalancerArn }))).Listeners ?? [];
  const before = (await listeners()).length;
  await eventually(async () => expect(await releases.remove(someApp({ id: app }))).toBe(true));
  expect((await groups()).filter(({ TargetGroupName = "" }) => names.includes(TargetGroupName))).toEqual([]);
  expect(await listeners()).toHaveLength(before - 1);
  expect((await serviceOf(app))?.status).toBe("INACTIVE");
});

test.concurrent("a smoke check asks the app, wherever its path seems to lead", async () => {
  const app = freshId();
  const smoke_check = { path: "//nowhere.invalid/ready", expect_status: 200 };
  const order = orderOf(app, { strategy: { ...blueGreen.strategy, smoke_check } });
  await eventually(async () => expect(await releases.start(order)).toMatchObject({ outcome: "started" }));
  await eventually(async () => expect(await releases.see(order, null)).toMatchObject({ paused: true }), 120_000);
  expect(await releases.check(order, null, true)).toEqual({ outcome: "passed" });
});

describe("alarms", () => {
  const baking = { type: "blue_green", bake_minutes: 5 } as const;
  // An alarm ends it, however long that takes.
  const alarming = { type: "blue_green", bake_minutes: 60 } as const;

  const alarmsOf = async (app: number): Promise<string[]> => {
    const AlarmNames = [`slipway-${app}-errors`, `slipway-${app}-latency`];
    const { MetricAlarms = [] } = await cloud.cloudWatch.send(new cloudWatch.DescribeAlarmsCommand({ AlarmNames }));
    return MetricAlarms.flatMap(({ AlarmName }) => AlarmName ?? []);
  };

  const begun = async (order: ReleaseOrder): Promise<string> =>
    eventually(async () => {
      const start = await releases.start(order);
      if (start.outcome !== "started") throw new Error(`It is ${start.outcome}.`);
      return start.load_balancer_url;
    });

  /** Starts it, and visits that page until the release has ended. */
  async function visited(order: ReleaseOrder, path: string): Promise<ReleaseSeen> {
    const url = `${await begun(order)}${path}`;
    for (;;) {
      await Promise.all(Array.from({ length: 10 }, async () => (await fetch(url)).text()));
      const seen = await releases.see(order, null);
      if (seen.state === "succeeded" || seen.state === "failed") return seen;
      await pass();
    }
  }

  test("put the earlier version back, and report what was measured and what the app printed", async () => {
    const app = freshId();
    const alarms = { error_percent: 5, latency_ms: 200 };
    await released(orderOf(app, { strategy: baking, alarms, env: { VERSION: "old" } }));
    expect(await alarmsOf(app)).toEqual([]);

    const failing = orderOf(app, { strategy: alarming, alarms, env: { VERSION: "bad", MODE: "failing" } });
    const seen = await visited(failing, "/");
    expect(seen).toMatchObject({ state: "failed", restored: true, traffic: 0 });
    expect(seen.alarm).toMatch(
      // An alarm that has recovered by the time it is read does not say any more what it measured.
      /^The alarm slipway-\d+-errors tripped: more than 5 % of .*?( \(measured: 100 %\))?\. .*alarms\.errorPercent\.$/,
    );
    // On a busy machine a task may have been replaced meanwhile, and say it too.
    expect(seen.printed).toMatch(/^It printed last: starting bad \| leaving bad( \| |$)/);
    expect(await alarmsOf(app)).toEqual([`slipway-${app}-errors`, `slipway-${app}-latency`]);

    await eventually(async () => {
      const { MetricAlarms = [] } = await cloud.cloudWatch.send(
        new cloudWatch.DescribeAlarmsCommand({ AlarmNames: await alarmsOf(app) }),
      );
      expect(MetricAlarms.map(({ StateValue }) => StateValue)).toEqual(["OK", "OK"]);
    });
    const slow = await visited(orderOf(app, { strategy: alarming, alarms, env: { VERSION: "slow" } }), "/slow");
    expect(slow).toMatchObject({ state: "failed", restored: true });
    expect(slow.alarm).toMatch(
      // As above: by the time a busy machine reads it, it may have recovered.
      /slipway-\d+-latency tripped: one answer in twenty took longer than 200 ms( \(measured: \d{3,} ms\))?\. /,
    );

    await begun(orderOf(app, { strategy: baking, alarms: { ...alarms, latency_ms: null } }));
    expect(await alarmsOf(app)).toEqual([`slipway-${app}-errors`]);
    await eventually(async () => expect(await releases.remove(someApp({ id: app }))).toBe(true));
    expect(await alarmsOf(app)).toEqual([]);
  });

  test.concurrent("that rings already is reported, since ECS watches none then", async () => {
    const app = freshId();
    await released(orderOf(app, {}));
    const name = `slipway-${app}-errors`;
    await cloud.cloudWatch.send(
      new cloudWatch.PutMetricAlarmCommand({
        AlarmName: name,
        Metrics: [{ Id: "always", Expression: "1", ReturnData: true }],
        ComparisonOperator: "GreaterThanThreshold",
        Threshold: 0,
        EvaluationPeriods: 1,
        TreatMissingData: "notBreaching",
      }),
    );
    await eventually(async () => {
      const answer = await cloud.cloudWatch.send(new cloudWatch.DescribeAlarmsCommand({ AlarmNames: [name] }));
      expect(answer.MetricAlarms?.[0]?.StateValue).toBe("ALARM");
    });
    const order = orderOf(app, { strategy: baking, alarms: { error_percent: 5, latency_ms: null } });
    expect(await releases.start(order)).toMatchObject({
      note: `ECS watches no alarms during this release, because ${name} is already in alarm.`,
    });
  });

  test.concurrent.each([
    ["a strategy without a bake", { strategy: { type: "rolling" } }],
    ["an app that does not want to be rolled back", { auto_rollback: false, strategy: baking }],
  ] as const)("are none for %s", async (_name, change) => {
    const app = freshId();
    const alarms = { error_percent: 5, latency_ms: null };
    await released(orderOf(app, { alarms }));
    await begun(orderOf(app, { alarms, ...change, env: { VERSION: "new" } }));
    expect(await alarmsOf(app)).toEqual([]);
    expect((await serviceOf(app))?.deploymentConfiguration?.alarms).toMatchObject({ enable: false, alarmNames: [] });
  });
});
