import { DescribeServicesCommand, type ECSClient, type Service, type Task } from "@aws-sdk/client-ecs";
import {
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  TargetGroupNotFoundException,
  type TargetHealth,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { inlineText } from "@slipway/text/inert";
import { shorten } from "@slipway/text/shorten";
import { webProcess } from "../../core/app.ts";
import { isSteady, type SeenTask, type TaskCounts } from "../../core/app-status.ts";
import type { AppTasks, AskedApp } from "../../core/ports/tasks.ts";
import { pooled } from "../../core/pump/pool.ts";
import { exitOf, wasUnhealthy } from "./failure.ts";
import { processServiceName, type ReleasesOptions, serviceName } from "./options.ts";
import { tasksOfService } from "./service-tasks.ts";
import { notStarted } from "./start-trouble.ts";
import { deploymentOf, describeDefinition } from "./task-definition.ts";

/** DescribeServices takes so many: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html */
const mostServices = 10;
/** Requests of one answer at the same time: a load balancer's quotas are for all of the account. */
const atOnce = 10;
/** Tasks that stopped and were not to. */
const mostStopped = 10;
const longestReason = 400;

/** By the address of a task. */
type Targets = ReadonlyMap<string, TargetHealth>;

/** The tasks of the apps' services in ECS, and what their load balancer says of them. */
export function awsAppTasks(
  { ecs, elb }: { readonly ecs: ECSClient; readonly elb: ElasticLoadBalancingV2Client },
  options: Pick<ReleasesOptions, "cluster" | "namePrefix">,
  now: () => string,
): AppTasks {
  const { cluster } = options;
  const definitions = new Map<string, Promise<number | null>>();

  /** What a task definition says never changes. */
  const releaseOf = ({ taskDefinitionArn: arn = "" }: Task): Promise<number | null> => {
    const known = definitions.get(arn) ?? describeDefinition(ecs, arn).then(deploymentOf);
    definitions.set(arn, known);
    known.catch(() => definitions.delete(arn));
    return known;
  };

  /** Services that are there, by their names. */
  const servicesOf = async (names: readonly string[]): Promise<Map<string, Service>> => {
    const found = new Map<string, Service>();
    for (let from = 0; from < names.length; from += mostServices) {
      const some = names.slice(from, from + mostServices);
      const { services = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: some }));
      for (const service of services)
        if (service.serviceName !== undefined && service.status === "ACTIVE") found.set(service.serviceName, service);
    }
    return found;
  };

  const targetsIn = async (TargetGroupArn: string): Promise<Targets> => {
    try {
      const { TargetHealthDescriptions = [] } = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
      return new Map(TargetHealthDescriptions.map(({ Target, TargetHealth = {} }) => [Target?.Id ?? "", TargetHealth]));
    } catch (error) {
      if (error instanceof TargetGroupNotFoundException) return new Map();
      throw error;
    }
  };

  const targetsOf = async (service: Service): Promise<Targets> => {
    const groups = await Promise.all(groupsOf(service).map(targetsIn));
    return new Map(groups.flatMap((group) => [...group]));
  };

  const countsOf = async (service: Service, app: AskedApp): Promise<TaskCounts> => {
    const [targets, beside] = await Promise.all([targetsOf(service), besideOf(app)]);
    return countsOfAll(service, targets, beside);
  };

  /** The tasks of each process beside `web`. */
  const besideOf = async ({ id, processes }: AskedApp): Promise<readonly Beside[]> => {
    if (processes.length === 0) return [];
    const found = await servicesOf(processes.map(({ name }) => processServiceName(options, id, name)));
    return Promise.all(
      processes.map(async ({ name, instances }) => {
        const service = found.get(processServiceName(options, id, name));
        const tasks = service === undefined ? [] : await tasksOf(service);
        return { name, desired: instances, tasks };
      }),
    );
  };

  const tasksOf = async ({ serviceName: name = "" }: Service): Promise<Task[]> => {
    const [present, gone] = await Promise.all([
      tasksOfService(ecs, cluster, name, "RUNNING"),
      tasksOfService(ecs, cluster, name, "STOPPED"),
    ]);
    return [...present, ...gone];
  };

  const countsOfAll = ({ desiredCount = 0 }: Service, targets: Targets, beside: readonly Beside[]): TaskCounts => {
    const serving = [...targets.values()].filter(({ State }) => State === "healthy").length;
    const judge = steadyHealth(now());
    const isHealthy = (task: Task): boolean => stateOf(task) === "running" && judge(task).health === "healthy";
    // More than there are to be, as while a release is under way, do not make up for those of another process.
    const healthy = beside.map(({ desired, tasks }) => Math.min(desired, tasks.filter(isHealthy).length));
    return {
      desired: beside.reduce((sum, one) => sum + one.desired, desiredCount),
      healthy: healthy.reduce((sum, one) => sum + one, Math.min(serving, desiredCount)),
      serving,
    };
  };

  return {
    counts: async (apps) => {
      const counts = new Map<number, TaskCounts>();
      const services = await servicesOf(apps.map(({ id }) => serviceName(options, id)));
      const running = apps.flatMap((app) => {
        const service = services.get(serviceName(options, app.id));
        return service === undefined ? [] : [{ app, service }];
      });
      await pooled(running, async ({ app, service }) => counts.set(app.id, await countsOf(service, app)), atOnce);
      return counts;
    },

    see: async (app) => {
      const name = serviceName(options, app.id);
      const service = (await servicesOf([name])).get(name);
      const [targets, own, beside] = await Promise.all([
        service === undefined ? new Map<string, TargetHealth>() : targetsOf(service),
        service === undefined ? [] : tasksOf(service),
        besideOf(app),
      ]);
      const all = [{ name: webProcess, tasks: own }, ...beside];
      const seen = all.map(async ({ name: process, tasks }) => {
        const health = process === webProcess ? checkedHealth(targets) : steadyHealth(now());
        return Promise.all(shownOf(tasks).map(async (task) => seenOf(task, process, await releaseOf(task), health)));
      });
      const counts = service === undefined ? null : countsOfAll(service, targets, beside);
      return { counts, tasks: (await Promise.all(seen)).flat() };
    },
  };
}

/** A process beside `web`. */
interface Beside {
  readonly name: string;
  readonly desired: number;
  readonly tasks: readonly Task[];
}

/** Those that run first, then the last ones that stopped and were not to. */
function shownOf(tasks: readonly Task[]): readonly Task[] {
  const isOver = ({ lastStatus }: Task) => lastStatus === "STOPPED";
  const stopped = tasks.filter((task) => isOver(task) && reasonOf(task) !== null).toSorted(newestFirst);
  return [...tasks.filter((task) => !isOver(task)).toSorted(newestFirst), ...stopped.slice(0, mostStopped)];
}

type JudgedHealth = { readonly health: SeenTask["health"]; readonly why?: string };

/** The health of a running task by the load balancer. */
const checkedHealth =
  (targets: Targets) =>
  (task: Task): JudgedHealth => {
    const address = task.containers?.flatMap(({ networkInterfaces = [] }) => networkInterfaces)[0]?.privateIpv4Address;
    const target = targets.get(address ?? "");
    return { health: healthOf(target), why: target?.Description ?? "" };
  };

/** That of a task without a port, by how long it runs. */
const steadyHealth =
  (now: string) =>
  ({ startedAt }: Task): JudgedHealth => ({
    health: startedAt !== undefined && isSteady(startedAt.toISOString(), now) ? "healthy" : "starting",
  });

/** Of a strategy that shifts traffic both: tasks are in the one or the other. */
const groupsOf = ({ loadBalancers = [] }: Service): string[] =>
  loadBalancers.flatMap(({ targetGroupArn, advancedConfiguration }) =>
    [targetGroupArn, advancedConfiguration?.alternateTargetGroupArn].filter((arn) => arn !== undefined),
  );

const newestFirst = (one: Task, other: Task): number => time(other.createdAt) - time(one.createdAt);
const time = (at: Date | undefined): number => at?.getTime() ?? 0;

function seenOf(
  task: Task,
  process: string,
  deployment_id: number | null,
  judge: (task: Task) => JudgedHealth,
): SeenTask {
  const state = stateOf(task);
  const { health, why = "" } = state === "running" ? judge(task) : { health: null };
  const stopped = state === "stopped";
  return {
    task: (task.taskArn ?? "").split("/").at(-1) ?? "",
    process,
    deployment_id,
    state,
    health,
    since: sinceOf(task, state).toISOString(),
    exit_code: stopped ? (exitOf(task)?.code ?? null) : null,
    reason: stopped ? reasonOf(task) : health === "unhealthy" ? sentence(why) : null,
  };
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html */
function stateOf({ lastStatus = "", desiredStatus }: Task): SeenTask["state"] {
  if (lastStatus === "STOPPED") return "stopped";
  if (desiredStatus === "STOPPED" || ["DEACTIVATING", "STOPPING", "DEPROVISIONING"].includes(lastStatus))
    return "stopping";
  return lastStatus === "RUNNING" ? "running" : "starting";
}

function sinceOf(task: Task, state: SeenTask["state"]): Date {
  const { createdAt = new Date(0), startedAt = createdAt, stoppingAt = startedAt, stoppedAt = stoppingAt } = task;
  return { starting: createdAt, running: startedAt, stopping: stoppingAt, stopped: stoppedAt }[state];
}

/** What is not registered yet is on its way there. */
function healthOf(target: TargetHealth | undefined): SeenTask["health"] {
  if (target?.State === "healthy" || target?.State === "unhealthy") return target.State;
  return target === undefined || target.State === "initial" ? "starting" : null;
}

/** Why a task stopped that was not to; `null`: it was to. */
export function reasonOf(task: Task): string | null {
  const words = notStarted(task);
  if (words !== null) return sentence(`It did not start: ${words}`);
  if (wasUnhealthy(task)) return "Its health checks failed, and ECS stopped it.";
  const exit = exitOf(task);
  if (exit === null) return null;
  return sentence(`The container exited with code ${exit.code}${exit.why === undefined ? "" : `: ${exit.why}`}`);
}

function sentence(words: string): string | null {
  const text = shorten(inlineText(words).trim(), longestReason).replace(/\.$/, "");
  return text === "" ? null : `${text}.`;
}
