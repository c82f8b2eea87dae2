import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import * as ecs from "@aws-sdk/client-ecs";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Sandbox } from "@slipway/local-aws/containers/docker/sandbox";
import { sandboxHere } from "../../support/sandbox.ts";
import { visitors } from "../../support/visitors.ts";
import { temporaryDirectory } from "../support/files.ts";
import { freePort } from "../support/servers.ts";
import { eventually } from "../support/wait.ts";
import { type Cloud, define, front, makeImage, type Release, startCloud } from "./start-ecs.ts";

let sandbox: Sandbox;
let home: ReturnType<typeof temporaryDirectory>;
let cloud: Cloud;
let image: string;
let port: number;
let targetGroupArn: string;
const cluster = "slipway";

beforeAll(async () => {
  sandbox = await sandboxHere();
});
beforeEach(async () => {
  home = temporaryDirectory();
  image = makeImage(home.path);
  cloud = await startCloud(home.path, sandbox);
  port = await freePort();
  targetGroupArn = await front(cloud.elb, port);
});
afterEach(async () => {
  await cloud.close();
  home.remove();
});

const deploymentConfiguration = {
  strategy: "ROLLING" as const,
  minimumHealthyPercent: 100,
  maximumPercent: 200,
  deploymentCircuitBreaker: { enable: true, rollback: true },
};

async function create(release: Release, more: Partial<ecs.CreateServiceCommandInput> = {}): Promise<ecs.Service> {
  const answer = await cloud.ecs.send(
    new ecs.CreateServiceCommand({
      cluster,
      serviceName: "app-1",
      taskDefinition: await define(cloud.ecs, image, release),
      desiredCount: 1,
      clientToken: "token",
      launchType: "FARGATE",
      loadBalancers: [{ targetGroupArn, containerName: "app", containerPort: 3000 }],
      deploymentConfiguration,
      healthCheckGracePeriodSeconds: 300,
      tags: [{ key: "slipway:app", value: "1" }],
      propagateTags: "SERVICE",
      ...more,
    }),
  );
  if (answer.service === undefined) throw new Error("no service");
  return answer.service;
}

async function update(release: Release): Promise<string> {
  const taskDefinition = await define(cloud.ecs, image, release);
  // What works may take long on a busy machine; what does not is waited for.
  const healthCheckGracePeriodSeconds = release.mode === undefined || release.mode === "eat" ? 300 : 30;
  const answer = await cloud.ecs.send(
    new ecs.UpdateServiceCommand({ cluster, service: "app-1", taskDefinition, healthCheckGracePeriodSeconds }),
  );
  return answer.service?.currentServiceDeployment ?? "";
}

async function service(): Promise<ecs.Service> {
  const answer = await cloud.ecs.send(new ecs.DescribeServicesCommand({ cluster, services: ["app-1"] }));
  return answer.services?.[0] ?? {};
}

async function deployment(arn: string | undefined): Promise<ecs.ServiceDeployment> {
  const input = { serviceDeploymentArns: [arn ?? ""] };
  const answer = await cloud.ecs.send(new ecs.DescribeServiceDeploymentsCommand(input));
  return answer.serviceDeployments?.[0] ?? {};
}

async function ends(arn: string | undefined, status: string, withinMs = 180_000): Promise<ecs.ServiceDeployment> {
  return eventually(async () => {
    const seen = await deployment(arn);
    expect(seen.status).toBe(status);
    return seen;
  }, withinMs);
}

const ask = async (path = "/"): Promise<string> => {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  return `${answer.status} ${await answer.text()}`;
};

async function stoppedTasks(): Promise<ecs.Task[]> {
  const listed = await cloud.ecs.send(
    new ecs.ListTasksCommand({ cluster, serviceName: "app-1", desiredStatus: "STOPPED" }),
  );
  const tasks = listed.taskArns ?? [];
  if (tasks.length === 0) return [];
  return (await cloud.ecs.send(new ecs.DescribeTasksCommand({ cluster, tasks }))).tasks ?? [];
}

async function printed(prefix: string): Promise<string[]> {
  const client = new CloudWatchLogsClient(cloud.sdk);
  const input = { logGroupName: "/apps", logStreamNamePrefix: `${prefix}/app/` };
  const { events = [] } = await client.send(new FilterLogEventsCommand(input));
  client.destroy();
  return events.map(({ message = "" }) => message);
}

describe("releases", () => {
  test("the first one serves once its task is healthy", async () => {
    const made = await create({ version: "1" });
    expect(made.serviceArn).toBe("arn:aws:ecs:eu-west-1:123456789012:service/slipway/app-1");
    expect((await create({ version: "1" })).serviceArn).toBe(made.serviceArn);
    const arn = (await service()).currentServiceDeployment;
    expect(arn).toMatch(/^arn:aws:ecs:eu-west-1:123456789012:service-deployment\/slipway\/app-1\/\w+$/);
    const done = await ends(arn, "SUCCESSFUL");
    expect(await ask()).toBe("200 1");
    expect(done.targetServiceRevision).toMatchObject({
      requestedTaskCount: 1,
      runningTaskCount: 1,
      pendingTaskCount: 0,
    });
    expect(done.targetServiceRevision?.arn).toMatch(/:service-revision\/slipway\/app-1\/\d+$/);
    const now = await service();
    expect(now.currentServiceDeployment).toBeUndefined();
    expect(now).toMatchObject({
      status: "ACTIVE",
      runningCount: 1,
      desiredCount: 1,
    });
    expect(now.deployments).toMatchObject([{ status: "PRIMARY", rolloutState: "COMPLETED", runningCount: 1 }]);
    expect(now.events?.[0]?.message).toBe("(service app-1) has reached a steady state.");
    const bus = cloud.emitted.filter((event) => event["detail-type"] === "ECS Deployment State Change");
    expect(bus).toMatchObject([
      { resources: [made.serviceArn], detail: { eventName: "SERVICE_DEPLOYMENT_IN_PROGRESS" } },
      { detail: { eventName: "SERVICE_DEPLOYMENT_COMPLETED", deploymentId: expect.stringMatching(/^ecs-svc\/\d+$/) } },
    ]);
    expect(await printed("v-1")).toEqual(["starting 1"]);
  });

  test("no request fails during releases one after another, and the last one serves", async () => {
    await create({ version: "0" });
    await ends((await service()).currentServiceDeployment, "SUCCESSFUL");
    const crowd = visitors(port);
    for (const version of ["1", "2", "3", "4", "5"]) await ends(await update({ version }), "SUCCESSFUL");
    expect(await ask()).toBe("200 5");
    const { asked, wrong, seen } = await crowd.leave();
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(20);
    expect([...seen].sort()).toEqual(["0", "1", "2", "3", "4", "5"]);
    // On a busy machine a task may fail its checks, and another one takes its place: each earlier version is gone all the same.
    const stopped = async () => new Set((await stoppedTasks()).map(({ taskDefinitionArn }) => taskDefinitionArn));
    await eventually(async () => expect((await stopped()).size).toBe(5));
    expect(await stoppedTasks()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ stopCode: "ServiceSchedulerInitiated", lastStatus: "STOPPED" }),
      ]),
    );
    await eventually(async () => expect(await printed("v-0")).toContain("leaving 0"));
    await eventually(() => expect(readdirSync(join(home.path, "ecs", "tasks"))).toHaveLength(1));
  });

  test.each([
    ["exits at once", "exit"],
    ["answers its health check with 500", "sick"],
    ["listens on no port", "not-listening"],
  ])("one whose app %s is rolled back, and the earlier one goes on serving", async (_what, mode) => {
    await create({ version: "good" });
    await ends((await service()).currentServiceDeployment, "SUCCESSFUL");
    const { taskDefinition } = await service();
    const crowd = visitors(port);
    const bad = await update({ version: "bad", mode });
    const done = await ends(bad, "ROLLBACK_SUCCESSFUL", 120_000);
    expect(done.deploymentCircuitBreaker).toEqual({ status: "TRIGGERED", failureCount: 3, threshold: 3 });
    expect(done.statusReason).toContain("circuit breaker");
    expect(done.rollback?.serviceRevisionArn).toBe(done.sourceServiceRevisions?.[0]?.arn);
    const { wrong, seen } = await crowd.leave();
    expect(wrong).toEqual([]);
    expect([...seen]).toEqual(["good"]);
    // The last sick task is still being stopped.
    await eventually(async () => expect(await service()).toMatchObject({ taskDefinition, runningCount: 1 }));
    const now = await service();
    const said = now.events?.map(({ message }) => message).join("\n") ?? "";
    if (mode === "exit") {
      expect(await stoppedTasks()).toMatchObject(
        Array(3).fill({ stopCode: "EssentialContainerExited", containers: [{ name: "app", exitCode: 3 }] }),
      );
      expect(await printed("v-bad")).toContain("cannot go on");
    } else {
      const codes = mode === "sick" ? " with these codes: [500]" : "";
      expect(said).toContain(
        `is unhealthy in (target-group ${targetGroupArn}) due to (reason Health checks failed${codes})`,
      );
    }
    const names = cloud.emitted.flatMap(({ detail }) => (detail as { eventName?: string }).eventName ?? []);
    expect(names.slice(-3)).toEqual([
      "SERVICE_DEPLOYMENT_FAILED",
      "SERVICE_DEPLOYMENT_IN_PROGRESS",
      "SERVICE_DEPLOYMENT_COMPLETED",
    ]);
  });

  test("a first one that fails is stopped, and no task is left; a service can be deleted and made again", async () => {
    await create({ version: "bad", mode: "exit" });
    const { currentServiceDeployment } = await service();
    const done = await ends(currentServiceDeployment, "STOPPED");
    expect(done.deploymentCircuitBreaker?.status).toBe("TRIGGERED");
    expect((await service()).deployments).toMatchObject([{ rolloutState: "FAILED", runningCount: 0 }]);
    await cloud.ecs.send(new ecs.DeleteServiceCommand({ cluster, service: "app-1", force: true }));
    expect((await service()).status).toBe("INACTIVE");
    await create({ version: "good" });
    await ends((await service()).currentServiceDeployment, "SUCCESSFUL");
    expect(await ask()).toBe("200 good");
  });

  test("one that is stopped by request is rolled back", async () => {
    await create({ version: "good" });
    await ends((await service()).currentServiceDeployment, "SUCCESSFUL");
    const serviceDeploymentArn = await update({ version: "next", mode: "not-listening" });
    await ends(serviceDeploymentArn, "IN_PROGRESS");
    await cloud.ecs.send(new ecs.StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: "ROLLBACK" }));
    const done = await ends(serviceDeploymentArn, "ROLLBACK_SUCCESSFUL");
    expect(done.deploymentCircuitBreaker?.status).not.toBe("TRIGGERED");
    expect(await ask()).toBe("200 good");
    const again = cloud.ecs.send(new ecs.StopServiceDeploymentCommand({ serviceDeploymentArn }));
    await expect(again).rejects.toThrow(ecs.ConflictException);
  });

  test("a newer one takes the place of one that is still going on", async () => {
    await create({ version: "1" });
    await ends((await service()).currentServiceDeployment, "SUCCESSFUL");
    const stuck = await update({ version: "2", mode: "not-listening" });
    await ends(stuck, "IN_PROGRESS");
    const last = await update({ version: "3" });
    await ends(last, "SUCCESSFUL");
    expect((await deployment(stuck)).status).toBe("STOPPED");
    expect(await ask()).toBe("200 3");
    const listed = await cloud.ecs.send(
      new ecs.ListServiceDeploymentsCommand({ cluster, service: "app-1", maxResults: 2 }),
    );
    expect(listed.serviceDeployments?.map((one) => one.serviceDeploymentArn)).toEqual([last, stuck]);
    const target = (await deployment(last)).targetServiceRevision?.arn ?? "";
    const revisions = await cloud.ecs.send(new ecs.DescribeServiceRevisionsCommand({ serviceRevisionArns: [target] }));
    expect(revisions.serviceRevisions?.[0]?.taskDefinition).toBe((await service()).taskDefinition);
  });
});

describe("services", () => {
  test("a change of the desired count or of the configuration starts no deployment", async () => {
    await create({ version: "1" });
    await ends((await service()).currentServiceDeployment, "SUCCESSFUL");
    const input = { cluster, service: "app-1", desiredCount: 3, deploymentConfiguration: { maximumPercent: 150 } };
    await cloud.ecs.send(new ecs.UpdateServiceCommand(input));
    await eventually(async () => expect(await service()).toMatchObject({ runningCount: 3, desiredCount: 3 }));
    await cloud.ecs.send(new ecs.UpdateServiceCommand({ cluster, service: "app-1", desiredCount: 1 }));
    await eventually(async () => expect(await service()).toMatchObject({ runningCount: 1 }));
    const listed = await cloud.ecs.send(new ecs.ListServiceDeploymentsCommand({ cluster, service: "app-1" }));
    expect(listed.serviceDeployments).toHaveLength(1);
    expect(await ask()).toBe("200 1");
  });

  test("a task that ends is replaced", async () => {
    await create({ version: "1" });
    await ends((await service()).currentServiceDeployment, "SUCCESSFUL");
    expect(await ask("/crash")).toMatch(/^502/);
    await eventually(async () => expect(await ask()).toBe("200 1"));
    expect(await stoppedTasks()).toMatchObject([
      { stoppedReason: "Essential container in task exited", containers: [{ exitCode: 7 }] },
    ]);
  });

  test("a task that eats its memory is ended, and both its reason and its log say so", async () => {
    await create({ version: "1" });
    await ends((await service()).currentServiceDeployment, "SUCCESSFUL");
    await update({ version: "2", mode: "eat" });
    const reason = "OutOfMemoryError: out of memory: it reached its limit of 512 MB";
    await eventually(async () => {
      const containers = (await stoppedTasks()).flatMap((task) => task.containers ?? []);
      expect(containers).toContainEqual(expect.objectContaining({ exitCode: 137, reason }));
    });
  });

  test("a deleted one drains, then is inactive, and nothing of it runs", async () => {
    await create({ version: "1" });
    await ends((await service()).currentServiceDeployment, "SUCCESSFUL");
    const remove = (force: boolean) =>
      cloud.ecs.send(new ecs.DeleteServiceCommand({ cluster, service: "app-1", force }));
    await expect(remove(false)).rejects.toThrow(ecs.InvalidParameterException);
    const inFlight = ask("/long");
    await ask();
    expect((await remove(true)).service?.status).toBe("DRAINING");
    await expect(create({ version: "2" })).rejects.toThrow("still Draining");
    expect(await inFlight).toBe("200 1");
    await eventually(async () => expect(await service()).toMatchObject({ status: "INACTIVE", runningCount: 0 }));
    expect(await ask()).toMatch(/^503/);
    await expect(update({ version: "2" })).rejects.toThrow(ecs.ServiceNotActiveException);
  });

  test("what is absent or wrong is refused in AWS's words", async () => {
    const describe = (name: string) =>
      cloud.ecs.send(new ecs.DescribeServicesCommand({ cluster: name, services: ["absent"] }));
    expect((await describe(cluster)).failures).toMatchObject([{ reason: "MISSING" }]);
    await expect(describe("absent")).rejects.toThrow(ecs.ClusterNotFoundException);
    await expect(update({ version: "1" })).rejects.toThrow(ecs.ServiceNotFoundException);
    const absent = cloud.ecs.send(new ecs.DescribeTaskDefinitionCommand({ taskDefinition: "absent" }));
    await expect(absent).rejects.toThrow(ecs.ClientException);
    const wrong = { loadBalancers: [{ targetGroupArn, containerName: "other", containerPort: 3000 }] };
    await expect(create({ version: "1" }, wrong)).rejects.toThrow(ecs.InvalidParameterException);
    const stop = cloud.ecs.send(new ecs.StopServiceDeploymentCommand({ serviceDeploymentArn: "arn:absent" }));
    await expect(stop).rejects.toThrow(ecs.ServiceDeploymentNotFoundException);
  });

  test("a task definition shows what was not given as ECS does", async () => {
    const taskDefinition = await define(cloud.ecs, image, { version: "1" });
    const shown = await cloud.ecs.send(new ecs.DescribeTaskDefinitionCommand({ taskDefinition }));
    expect(shown.taskDefinition?.containerDefinitions).toMatchObject([{ cpu: 0, mountPoints: [], volumesFrom: [] }]);
  });

  test("IAM is asked about each operation's resource, the roles that are passed, and tags", async () => {
    await create({ version: "1" });
    const name = "arn:aws:ecs:eu-west-1:123456789012:service/slipway/app-1";
    expect(cloud.asked.filter((one) => one.startsWith("worker ") && !one.includes("loadbalancing"))).toEqual([
      "worker ecs:RegisterTaskDefinition arn:aws:ecs:eu-west-1:123456789012:task-definition/app-1:*",
      "worker iam:PassRole arn:aws:iam::123456789012:role/execution",
      "worker iam:PassRole arn:aws:iam::123456789012:role/task",
      `worker ecs:CreateService ${name}`,
      `worker ecs:TagResource ${name}`,
    ]);
    cloud.deny(({ action }) => action === "ecs:DescribeServices");
    await expect(service()).rejects.toThrow(ecs.AccessDeniedException);
  });
});

describe("a task", () => {
  test("gets the image's environment, its own, its secrets, a port of its own and its role's credentials", async () => {
    const ssm = new SSMClient(cloud.sdk);
    await ssm.send(new PutParameterCommand({ Name: "/slipway/apps/1/TOKEN", Value: "secret!", Type: "SecureString" }));
    ssm.destroy();
    await create({ version: "1", secrets: ["TOKEN"] });
    await ends((await service()).currentServiceDeployment, "SUCCESSFUL");
    const env = JSON.parse((await ask("/env")).slice(4));
    expect(env).toMatchObject({
      FROM_IMAGE: "yes",
      VERSION: "1",
      TOKEN: "secret!",
      HOST: "127.0.0.1",
      AWS_ENDPOINT_URL: cloud.context.awsEndpoint,
      AWS_REGION: "eu-west-1",
    });
    expect(Number(env.PORT)).not.toBe(3000);
    expect(env).toMatchObject({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\//),
      AWS_CONTAINER_AUTHORIZATION_TOKEN: expect.any(String),
    });
    expect(env).not.toHaveProperty("AWS_ACCESS_KEY_ID");
    expect(cloud.asked).toContain(
      "ecs-agent ssm:GetParameters arn:aws:ssm:eu-west-1:123456789012:parameter/slipway/apps/1/TOKEN",
    );
  });

  test("says why it could not start: a secret that is not there or not allowed, an image that is not there", async () => {
    await create({ version: "1", secrets: ["ABSENT"] });
    await eventually(async () =>
      expect((await stoppedTasks())[0]).toMatchObject({
        stopCode: "TaskFailedToStart",
        stoppedReason: expect.stringMatching(
          /^ResourceInitializationError: unable to pull secrets or registry auth: .*: invalid ssm parameters: .*ABSENT/,
        ),
      }),
    );
    await eventually(async () =>
      expect((await service()).events?.map(({ message }) => message)).toContainEqual(
        expect.stringMatching(/^\(service \S+\) is unable to consistently start tasks successfully\./),
      ),
    );
    image = `sha256:${"0".repeat(64)}`;
    await update({ version: "2" });
    await eventually(async () =>
      expect(await stoppedTasks()).toContainEqual(
        expect.objectContaining({ stoppedReason: expect.stringMatching(/^CannotPullContainerError: /) }),
      ),
    );
  });

  test("is reached where it listens when that is not where PORT says, and says so", async () => {
    const fixed = await freePort();
    await create({ version: "1", mode: `fixed ${fixed}` }, { healthCheckGracePeriodSeconds: 600 });
    await ends((await service()).currentServiceDeployment, "SUCCESSFUL");
    expect(await ask("/")).toBe("200 1");
    expect((await service()).events?.map(({ message }) => message)).not.toContainEqual(
      expect.stringContaining("unhealthy"),
    );
  });

  test("writes into a copy of its image", async () => {
    await create({ version: "1" });
    await ends((await service()).currentServiceDeployment, "SUCCESSFUL");
    const [task] = readdirSync(join(home.path, "ecs", "tasks"));
    expect(existsSync(join(home.path, "ecs", "tasks", String(task), "rootfs", "srv", "scratch.txt"))).toBe(true);
    const original = join(home.path, "images", image.slice(7), "rootfs", "srv");
    expect(readdirSync(original)).toEqual(["app.mjs"]);
  });
});

test("after a restart every service serves again, also one whose release was going on", async () => {
  await create({ version: "1" });
  await ends((await service()).currentServiceDeployment, "SUCCESSFUL");
  const going = await update({ version: "2", mode: "not-listening" });
  await ends(going, "IN_PROGRESS");
  await cloud.close();
  cloud = await startCloud(home.path, sandbox);
  await eventually(async () => expect(await ask()).toBe("200 1"));
  await ends(going, "ROLLBACK_SUCCESSFUL");
  await ends(await update({ version: "3" }), "SUCCESSFUL");
  expect(await ask()).toBe("200 3");
});
