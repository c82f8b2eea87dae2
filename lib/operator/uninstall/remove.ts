import { setTimeout as pause } from "node:timers/promises";
import {
  ResourceNotFoundException as CertificateNotFound,
  DeleteCertificateCommand,
  ResourceInUseException,
} from "@aws-sdk/client-acm";
import { DeregisterScalableTargetCommand, ObjectNotFoundException } from "@aws-sdk/client-application-auto-scaling";
import { DeleteStackCommand, waitUntilStackDeleteComplete } from "@aws-sdk/client-cloudformation";
import { DeleteAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { DeleteLogGroupCommand, ResourceNotFoundException as LogGroupNotFound } from "@aws-sdk/client-cloudwatch-logs";
import {
  BatchGetBuildsCommand,
  ResourceNotFoundException as BuildNotFound,
  StopBuildCommand,
} from "@aws-sdk/client-codebuild";
import {
  DeleteTableCommand,
  ResourceNotFoundException as TableNotFound,
  waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
import { DeleteRepositoryCommand, RepositoryNotFoundException } from "@aws-sdk/client-ecr";
import {
  ClientException,
  ConflictException,
  DeleteServiceCommand,
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  ServiceDeploymentNotFoundException,
  ServiceNotActiveException,
  ServiceNotFoundException,
  StopServiceDeploymentCommand,
  StopTaskCommand,
  waitUntilServicesInactive,
  waitUntilTasksStopped,
} from "@aws-sdk/client-ecs";
import {
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  waitUntilLoadBalancersDeleted,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { ResourceNotFoundException as FunctionNotFound, PutFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import { ChangeResourceRecordSetsCommand, InvalidChangeBatch } from "@aws-sdk/client-route-53";
import { DeleteObjectsCommand, NoSuchBucket, paginateListObjectsV2 } from "@aws-sdk/client-s3";
import { DeleteScheduleCommand, ResourceNotFoundException as ScheduleNotFound } from "@aws-sdk/client-scheduler";
import { DeleteParametersCommand } from "@aws-sdk/client-ssm";
import type { Clients } from "./clients.ts";
import { type Inventory, keptByStack } from "./inventory.ts";

/** A part of an uninstall: what is said while it is done. Each may be done again after an interruption. */
export interface Step {
  readonly says: string;
  readonly run: () => Promise<void>;
}

/** Load balancers and distributions take their time; a distribution is disabled everywhere before it is deleted. */
const longestWaits = {
  builds: 5 * 60,
  certificates: 10 * 60,
  tasks: 15 * 60,
  tables: 10 * 60,
  loadBalancers: 15 * 60,
  stack: 90 * 60,
};
/** DescribeServices takes so many, DescribeTasks and BatchGetBuilds ten times as many. */
const most = { builds: 100, services: 10, tasks: 100, alarms: 100, taskDefinitions: 10, parameters: 10 };

const pollMs = 3_000;

const inGroups = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));

/** Does something unless what it is about is gone. */
async function unlessGone(
  done: Promise<unknown>,
  ...gone: readonly (abstract new (
    ...given: never[]
  ) => Error)[]
): Promise<void> {
  try {
    await done;
  } catch (error) {
    if (!gone.some((kind) => error instanceof kind)) throw error;
  }
}

/** The steps of an uninstall in an order that works. `everything`: the tables, too. */
export function stepsFor(clients: Clients, found: Inventory, { everything }: { everything: boolean }): Step[] {
  const stack = found.stackId === null ? [] : [found.stackId];
  const steps: readonly (Step & { readonly of: readonly unknown[] })[] = [
    // Otherwise a message that is on its way makes again what is deleted here.
    { says: "Stopping the control plane", of: found.functions, run: () => stopFunctions(clients, found) },
    // Whatever starts something by itself ends before what it starts in is deleted.
    { says: "Deleting schedules", of: found.schedules, run: () => removeSchedules(clients, found) },
    { says: "Stopping builds", of: found.builds, run: () => stopBuilds(clients, found) },
    { says: "Stopping releases", of: found.releases, run: () => stopReleases(clients, found) },
    { says: "Ending the scaling of apps", of: found.scalableTargets, run: () => endScaling(clients, found) },
    {
      says: "Deleting services and their tasks",
      of: [...found.services, ...found.tasks],
      run: () => stopApps(clients, found),
    },
    // Listeners and rules go with it; target groups only go when no listener names them.
    { says: "Deleting the load balancer", of: found.loadBalancers, run: () => removeLoadBalancers(clients, found) },
    { says: "Deleting certificates of apps", of: found.certificates, run: () => removeCertificates(clients, found) },
    { says: "Deleting records of apps", of: found.records, run: () => removeRecords(clients, found) },
    { says: "Deleting target groups", of: found.targetGroups, run: () => removeTargetGroups(clients, found) },
    { says: "Deleting alarms of apps", of: found.alarms, run: () => removeAlarms(clients, found) },
    { says: "Deleting task definitions", of: found.taskDefinitions, run: () => forgetDefinitions(clients, found) },
    { says: "Emptying buckets", of: found.buckets, run: () => emptyBuckets(clients, found) },
    { says: "Deleting the stack", of: stack, run: () => removeStack(clients, found) },
    { says: "Deleting log groups", of: found.logGroups, run: () => removeLogGroups(clients, found) },
    { says: "Deleting images", of: found.repositories, run: () => removeRepositories(clients, found) },
    { says: "Deleting parameters", of: found.parameters, run: () => removeParameters(clients, found) },
    {
      says: "Deleting tables",
      of: everything ? [...found.tables, ...stack] : [],
      run: () => removeTables(clients, found),
    },
  ];
  return steps.filter(({ of }) => of.length > 0);
}

async function stopFunctions({ lambda }: Clients, { functions }: Inventory): Promise<void> {
  for (const FunctionName of functions) {
    const stopping = new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 });
    await unlessGone(lambda.send(stopping), FunctionNotFound);
  }
}

async function stopBuilds({ codeBuild }: Clients, { builds }: Inventory): Promise<void> {
  for (const id of builds) await unlessGone(codeBuild.send(new StopBuildCommand({ id })), BuildNotFound);
  const end = performance.now() + longestWaits.builds * 1000;
  for (const ids of inGroups(builds, most.builds)) {
    for (;;) {
      const { builds: seen = [] } = await codeBuild.send(new BatchGetBuildsCommand({ ids }));
      const open = seen.filter(({ buildComplete }) => !buildComplete);
      if (open.length === 0) break;
      if (performance.now() > end)
        throw new Error(`These builds did not stop: ${open.map(({ id }) => id).join(", ")}.`);
      await pause(pollMs);
    }
  }
}

/** Not taken back: nothing of them is to serve any more. */
async function stopReleases({ ecs }: Clients, { releases }: Inventory): Promise<void> {
  for (const serviceDeploymentArn of releases) {
    const stopping = ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: "ABORT" }));
    await unlessGone(stopping, ConflictException, ServiceDeploymentNotFoundException);
  }
}

async function endScaling({ scaling }: Clients, { scalableTargets }: Inventory): Promise<void> {
  for (const ResourceId of scalableTargets) {
    const target = { ServiceNamespace: "ecs", ResourceId, ScalableDimension: "ecs:service:DesiredCount" } as const;
    await unlessGone(scaling.send(new DeregisterScalableTargetCommand(target)), ObjectNotFoundException);
  }
}

async function stopApps({ ecs }: Clients, { cluster, services, tasks }: Inventory): Promise<void> {
  if (cluster === null) return;
  for (const service of services) {
    const deleting = ecs.send(new DeleteServiceCommand({ cluster, service, force: true }));
    await unlessGone(deleting, ServiceNotFoundException, ServiceNotActiveException);
  }
  // Those of a service end with it; one-off tasks have none.
  for (const task of tasks) await ecs.send(new StopTaskCommand({ cluster, task, reason: "Slipway is uninstalled." }));
  for (const some of inGroups(services, most.services)) {
    await waitUntilServicesInactive({ client: ecs, maxWaitTime: longestWaits.tasks }, { cluster, services: some });
  }
  for (const some of inGroups(tasks, most.tasks)) {
    await waitUntilTasksStopped({ client: ecs, maxWaitTime: longestWaits.tasks }, { cluster, tasks: some });
  }
}

async function removeLoadBalancers({ elb }: Clients, { loadBalancers }: Inventory): Promise<void> {
  for (const LoadBalancerArn of loadBalancers) await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
  const waiting = { client: elb, maxWaitTime: longestWaits.loadBalancers };
  await waitUntilLoadBalancersDeleted(waiting, { LoadBalancerArns: [...loadBalancers] });
}

async function removeTargetGroups({ elb }: Clients, { targetGroups }: Inventory): Promise<void> {
  for (const TargetGroupArn of targetGroups) await elb.send(new DeleteTargetGroupCommand({ TargetGroupArn }));
}

async function removeSchedules({ scheduler }: Clients, { schedules }: Inventory): Promise<void> {
  for (const schedule of schedules) {
    const [GroupName, Name] = schedule.split("/");
    await unlessGone(scheduler.send(new DeleteScheduleCommand({ GroupName, Name })), ScheduleNotFound);
  }
}

/** A certificate is in use for some time after its load balancer is gone. */
async function removeCertificates({ acm }: Clients, { certificates }: Inventory): Promise<void> {
  const end = performance.now() + longestWaits.certificates * 1000;
  for (const CertificateArn of certificates) {
    for (;;) {
      try {
        await unlessGone(acm.send(new DeleteCertificateCommand({ CertificateArn })), CertificateNotFound);
        break;
      } catch (error) {
        if (!(error instanceof ResourceInUseException) || performance.now() > end) throw error;
        await pause(pollMs);
      }
    }
  }
}

async function removeRecords({ route53 }: Clients, { records }: Inventory): Promise<void> {
  for (const { zone, record } of records) {
    const ChangeBatch = { Changes: [{ Action: "DELETE" as const, ResourceRecordSet: record }] };
    const change = new ChangeResourceRecordSetsCommand({ HostedZoneId: zone, ChangeBatch });
    await unlessGone(route53.send(change), InvalidChangeBatch);
  }
}

async function removeAlarms({ cloudWatch }: Clients, { alarms }: Inventory): Promise<void> {
  for (const AlarmNames of inGroups(alarms, most.alarms))
    await cloudWatch.send(new DeleteAlarmsCommand({ AlarmNames }));
}

async function forgetDefinitions({ ecs }: Clients, { taskDefinitions }: Inventory): Promise<void> {
  for (const taskDefinition of taskDefinitions) {
    // ECS refuses one that was deregistered before.
    await unlessGone(ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition })), ClientException);
  }
  for (const some of inGroups(taskDefinitions, most.taskDefinitions)) {
    await ecs.send(new DeleteTaskDefinitionsCommand({ taskDefinitions: some }));
  }
}

async function emptyBuckets({ s3 }: Clients, { buckets }: Inventory): Promise<void> {
  for (const Bucket of buckets) await unlessGone(emptyBucket(s3, Bucket), NoSuchBucket);
}

async function emptyBucket(s3: Clients["s3"], Bucket: string): Promise<void> {
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket })) {
    const Objects = Contents.flatMap(({ Key }) => (Key === undefined ? [] : [{ Key }]));
    if (Objects.length > 0) await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
  }
}

async function removeStack({ cloudFormation }: Clients, { stackName: StackName }: Inventory): Promise<void> {
  await cloudFormation.send(new DeleteStackCommand({ StackName }));
  await waitUntilStackDeleteComplete({ client: cloudFormation, maxWaitTime: longestWaits.stack }, { StackName });
}

/** Those of apps; those of the stack are gone with it. */
async function removeLogGroups({ logs }: Clients, { logGroups }: Inventory): Promise<void> {
  for (const logGroupName of logGroups)
    await unlessGone(logs.send(new DeleteLogGroupCommand({ logGroupName })), LogGroupNotFound);
}

async function removeRepositories({ ecr }: Clients, { repositories }: Inventory): Promise<void> {
  for (const repositoryName of repositories) {
    const deleting = ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
    await unlessGone(deleting, RepositoryNotFoundException);
  }
}

async function removeParameters({ ssm }: Clients, { parameters }: Inventory): Promise<void> {
  for (const Names of inGroups(parameters, most.parameters)) await ssm.send(new DeleteParametersCommand({ Names }));
}

async function removeTables(clients: Clients, found: Inventory): Promise<void> {
  const tables = new Set([...found.tables, ...(await keptByStack(clients, found, "AWS::DynamoDB::Table"))]);
  for (const TableName of tables)
    await unlessGone(clients.dynamo.send(new DeleteTableCommand({ TableName })), TableNotFound);
  const wait = { client: clients.dynamo, maxWaitTime: longestWaits.tables, minDelay: 1, maxDelay: 5 };
  await Promise.all([...tables].map((TableName) => waitUntilTableNotExists(wait, { TableName })));
}
