import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import * as ecs from "@aws-sdk/client-ecs";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Sandbox } from "@slipway/local-aws/containers/docker/sandbox";
import { openImages } from "@slipway/local-aws/containers/images/images";
import { createProcesses } from "@slipway/local-aws/containers/processes/processes";
import { type Storage, unwatchedStorage } from "@slipway/local-aws/kernel/storage";
import { createAutoScaling } from "@slipway/local-aws/services/autoscaling/autoscaling";
import { createCloudWatch } from "@slipway/local-aws/services/cloudwatch/cloudwatch";
import { createEcs } from "@slipway/local-aws/services/ecs/ecs";
import { createHostTaskRunner } from "@slipway/local-aws/services/ecs/host-task-runner";
import { createTaskCredentials, type TaskCredentials } from "@slipway/local-aws/services/ecs/task-credentials";
import { createElb } from "@slipway/local-aws/services/elb/elb";
import { createLogs } from "@slipway/local-aws/services/logs/logs";
import { createSsm } from "@slipway/local-aws/services/ssm/ssm";
import { type LocalAws, startLocalAws } from "../support/local-aws.ts";

/** What is deployed: says its version, and misbehaves as its environment asks. */
const APP = `
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
const { PORT, HOST, VERSION, MODE } = process.env;
console.log("starting", VERSION);
writeFileSync("scratch.txt", VERSION);
if (MODE === "eat") { const all = []; setInterval(() => all.push(Buffer.alloc(20e6, 1)), 10); }
if (MODE === "exit") { console.error("cannot go on"); process.exit(3); }
if (MODE === "exit late") setTimeout(() => process.exit(3), 10_000);
const server = createServer((request, response) => {
  if (request.url === "/health") return response.writeHead(MODE === "sick" ? 500 : 200).end();
  if (request.url === "/env") return response.end(JSON.stringify(process.env));
  if (request.url === "/slow") return setTimeout(() => response.end(VERSION), 300);
  if (request.url === "/long") return setTimeout(() => response.end(VERSION), 2000);
  if (request.url === "/crash") process.exit(7);
  if (MODE === "failing") response.statusCode = 500;
  response.end(VERSION);
});
if (MODE?.startsWith("fixed ")) server.listen(Number(MODE.slice(6)));
else if (MODE !== "not-listening" && MODE !== "exit late") server.listen(Number(PORT), HOST);
else setInterval(() => undefined, 1000);
process.on("SIGTERM", () => { console.log("leaving", VERSION); process.exit(0); });
`;

const SECOND_MS = 100;
/** Alarms are judged so often; a bake's minute lasts longer. */
const ALARM_MINUTE_MS = 1000;

/** An image made by hand; answers its digest. */
export function makeImage(dataDir: string): string {
  const images = openImages(dataDir);
  const tree = join(images.scratch(), "tree");
  mkdirSync(join(tree, "srv"), { recursive: true });
  chmodSync(tree, 0o755);
  writeFileSync(join(tree, "srv", "app.mjs"), APP);
  return images.commit(tree, {
    Cmd: ["node", "app.mjs"],
    Entrypoint: null,
    Env: ["PATH=/usr/local/bin:/usr/bin:/bin", "FROM_IMAGE=yes", "VERSION=none"],
    WorkingDir: "/srv",
    ExposedPorts: {},
    User: "",
    StopSignal: "",
    Labels: {},
  });
}

export interface Cloud extends LocalAws {
  readonly ecs: ecs.ECSClient;
  readonly elb: elb.ElasticLoadBalancingV2Client;
  readonly cloudWatch: CloudWatchClient;
  readonly scaling: ApplicationAutoScalingClient;
  readonly sdk: ReturnType<LocalAws["client"]>;
}

/** Gives tasks whatever role they name. */
export const anyRole = (context: LocalAws["context"]): TaskCredentials =>
  createTaskCredentials(context, {
    mayAssume: () => true,
    assume: ({ roleArn, name }) => ({ ...context.credentialsFor(roleArn, name), sessionToken: "token" }),
  });

/** ECS, load balancing, alarms, parameters and logs behind one endpoint, with their state in `dataDir`. */
export async function startCloud(
  dataDir: string,
  sandbox: Sandbox,
  listDelayMs = 0,
  storage: Storage = unwatchedStorage(),
): Promise<Cloud> {
  const aws = await startLocalAws({ dataDir, storage });
  const { context } = aws;
  const processes = createProcesses(context.clock);
  const cloudWatch = aws.add(createCloudWatch(context, { minuteMs: ALARM_MINUTE_MS }));
  const balancing = aws.add(createElb(context, { secondMs: SECOND_MS, record: cloudWatch.record }));
  const logs = aws.add(createLogs(context));
  aws.add(createSsm(context));
  const host = { path: process.env.PATH ?? "", hidden: [dataDir] };
  const credentials = anyRole(context);
  const images = openImages(dataDir);
  const engine = createHostTaskRunner(context, { processes, images, credentials, sandbox, host });
  const pace = { secondMs: SECOND_MS, minuteMs: 60 * SECOND_MS };
  const { inAlarm, record, lastMinute } = cloudWatch;
  const { capacity } = aws.add(
    createEcs(context, { engine, elb: balancing, logs, ...pace, listDelayMs, inAlarm, record }),
  );
  aws.add(createAutoScaling(context, { capacity, lastMinute, minuteMs: ALARM_MINUTE_MS }));
  await aws.ensure("AWS::ECS::Cluster", "Cluster", { ClusterName: "slipway" });
  await aws.start();
  const sdk = { ...aws.client(), maxAttempts: 1 };
  const clients = {
    ecs: new ecs.ECSClient(sdk),
    elb: new elb.ElasticLoadBalancingV2Client(sdk),
    cloudWatch: new CloudWatchClient(sdk),
    scaling: new ApplicationAutoScalingClient(sdk),
  };
  return {
    ...aws,
    ...clients,
    sdk,
    close: async () => {
      clients.ecs.destroy();
      clients.elb.destroy();
      clients.cloudWatch.destroy();
      clients.scaling.destroy();
      await aws.close();
      await processes.close();
    },
  };
}

/** A load balancer's listener on a port of its own with a target group behind it. */
export async function front(client: elb.ElasticLoadBalancingV2Client, port: number): Promise<string> {
  const balancer = await client.send(new elb.CreateLoadBalancerCommand({ Name: "apps", Subnets: ["subnet-1"] }));
  const group = await client.send(
    new elb.CreateTargetGroupCommand({
      Name: "app-1",
      Protocol: "HTTP",
      Port: 3000,
      VpcId: "vpc-1",
      TargetType: "ip",
      HealthCheckPath: "/health",
      HealthCheckIntervalSeconds: 5,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 2,
    }),
  );
  const TargetGroupArn = group.TargetGroups?.[0]?.TargetGroupArn ?? "";
  await client.send(
    new elb.CreateListenerCommand({
      LoadBalancerArn: balancer.LoadBalancers?.[0]?.LoadBalancerArn,
      Protocol: "HTTP",
      Port: port,
      DefaultActions: [{ Type: "forward", TargetGroupArn }],
    }),
  );
  return TargetGroupArn;
}

/** What ECS assumes to move listener rules. */
export const INFRASTRUCTURE_ROLE = "arn:aws:iam::123456789012:role/infrastructure";
/** Requests with this header are for the version that is tested. */
export const TEST_HEADER = { "x-test": "yes" };

/** {@link front} with a second target group, and a rule for everybody and one for testers, as strategies that shift traffic need them. */
export async function twofoldFront(
  client: elb.ElasticLoadBalancingV2Client,
  port: number,
): Promise<ecs.LoadBalancer & { readonly advancedConfiguration: ecs.AdvancedConfiguration }> {
  const targetGroupArn = await front(client, port);
  const [one] = (await client.send(new elb.DescribeTargetGroupsCommand({ Names: ["app-1"] }))).TargetGroups ?? [];
  const other = await client.send(
    new elb.CreateTargetGroupCommand({
      Name: "app-1-b",
      Protocol: "HTTP",
      Port: 3000,
      VpcId: "vpc-1",
      TargetType: "ip",
      HealthCheckPath: "/health",
      HealthCheckIntervalSeconds: 5,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 2,
    }),
  );
  const alternateTargetGroupArn = other.TargetGroups?.[0]?.TargetGroupArn ?? "";
  const LoadBalancerArn = one?.LoadBalancerArns?.[0];
  const [listener] = (await client.send(new elb.DescribeListenersCommand({ LoadBalancerArn }))).Listeners ?? [];
  const TargetGroups = [
    { TargetGroupArn: targetGroupArn, Weight: 100 },
    { TargetGroupArn: alternateTargetGroupArn, Weight: 0 },
  ];
  const rule = async (Priority: number, condition: elb.RuleCondition): Promise<string> => {
    const ListenerArn = listener?.ListenerArn;
    const Actions: elb.Action[] = [{ Type: "forward", ForwardConfig: { TargetGroups } }];
    const made = new elb.CreateRuleCommand({ ListenerArn, Priority, Conditions: [condition], Actions });
    return (await client.send(made)).Rules?.[0]?.RuleArn ?? "";
  };
  const tests = { Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "X-Test", Values: ["yes"] } };
  const testListenerRule = await rule(1, tests);
  const productionListenerRule = await rule(2, { Field: "path-pattern", Values: ["*"] });
  const advanced = { alternateTargetGroupArn, productionListenerRule, testListenerRule, roleArn: INFRASTRUCTURE_ROLE };
  return { targetGroupArn, containerName: "app", containerPort: 3000, advancedConfiguration: advanced };
}

const EXECUTION_ROLE = "arn:aws:iam::123456789012:role/execution";
const TASK_ROLE = "arn:aws:iam::123456789012:role/task";

export interface Release {
  readonly version: string;
  readonly mode?: string;
  readonly secrets?: readonly string[];
  /** From SIGTERM to SIGKILL, in the seconds of this cloud. */
  readonly stopSeconds?: number;
}

/** Registers what a release runs; answers the task definition's ARN. */
export async function define(client: ecs.ECSClient, image: string, release: Release): Promise<string> {
  const { version, mode = "", secrets = [], stopSeconds = 2 } = release;
  const answer = await client.send(
    new ecs.RegisterTaskDefinitionCommand({
      family: "app-1",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: "256",
      memory: "512",
      executionRoleArn: EXECUTION_ROLE,
      taskRoleArn: TASK_ROLE,
      containerDefinitions: [
        {
          name: "app",
          image: `123456789012.dkr.ecr.eu-west-1.amazonaws.com/slipway@${image}`,
          essential: true,
          stopTimeout: stopSeconds,
          portMappings: [{ containerPort: 3000 }],
          environment: [
            { name: "VERSION", value: version },
            { name: "MODE", value: mode },
            { name: "PORT", value: "3000" },
          ],
          secrets: secrets.map((name) => ({ name, valueFrom: `/slipway/apps/1/${name}` })),
          logConfiguration: {
            logDriver: "awslogs",
            options: {
              "awslogs-group": "/apps",
              "awslogs-region": "eu-west-1",
              "awslogs-stream-prefix": `v-${version}`,
            },
          },
        },
      ],
    }),
  );
  return answer.taskDefinition?.taskDefinitionArn ?? "";
}
