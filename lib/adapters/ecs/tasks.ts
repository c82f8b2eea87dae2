import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  type ECSClient,
  paginateListTasks,
  type Service,
  type Task,
} from "@aws-sdk/client-ecs";
import {
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  TargetGroupNotFoundException,
  type TargetHealth,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { inlineText } from "@slipway/text/inert";
import { shorten } from "@slipway/text/shorten";
import type { SeenTask, TaskCounts } from "../../core/app-status.ts";
import type { AppTasks } from "../../core/ports/tasks.ts";
import { pooled } from "../../core/pump/pool.ts";
import { exitOf, wasUnhealthy } from "./failure.ts";
import { type ReleasesOptions, serviceName } from "./options.ts";
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

  const servicesOf = async (appIds: readonly number[]): Promise<Map<number, Service>> => {
    const byName = new Map(appIds.map((id) => [serviceName(options, id), id]));
    const names = [...byName.keys()];
    const found = new Map<number, Service>();
    for (let from = 0; from < names.length; from += mostServices) {
      const some = names.slice(from, from + mostServices);
      const { services = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: some }));
      for (const service of services) {
        const id = byName.get(service.serviceName ?? "");
        if (id !== undefined && service.status === "ACTIVE") found.set(id, service);
      }
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

  const describe = async (appId: number, desiredStatus: "RUNNING" | "STOPPED"): Promise<Task[]> => {
    const found: Task[] = [];
    const asked = { cluster, serviceName: serviceName(options, appId), desiredStatus };
    // A page has as many as can be described at once.
    for await (const { taskArns = [] } of paginateListTasks({ client: ecs }, asked)) {
      if (taskArns.length === 0) continue;
      found.push(...((await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }))).tasks ?? []));
    }
    return found;
  };

  return {
    counts: async (appIds) => {
      const counts = new Map<number, TaskCounts>();
      const services = await servicesOf(appIds);
      await pooled([...services], async ([id, one]) => counts.set(id, countsOf(one, await targetsOf(one))), atOnce);
      return counts;
    },

    see: async (appId) => {
      const service = (await servicesOf([appId])).get(appId);
      if (service === undefined) return { counts: null, tasks: [] };
      const [targets, present, gone] = await Promise.all([
        targetsOf(service),
        describe(appId, "RUNNING"),
        describe(appId, "STOPPED"),
      ]);
      const isOver = ({ lastStatus }: Task) => lastStatus === "STOPPED";
      const leaving = gone.filter((task) => !isOver(task));
      const stopped = gone.filter((task) => isOver(task) && reasonOf(task) !== null).toSorted(newestFirst);
      const shown = [...[...present, ...leaving].toSorted(newestFirst), ...stopped.slice(0, mostStopped)];
      const tasks = shown.map(async (task) => seenOf(task, await releaseOf(task), targets));
      return { counts: countsOf(service, targets), tasks: await Promise.all(tasks) };
    },
  };
}

/** Of a strategy that shifts traffic both: tasks are in the one or the other. */
const groupsOf = ({ loadBalancers = [] }: Service): string[] =>
  loadBalancers.flatMap(({ targetGroupArn, advancedConfiguration }) =>
    [targetGroupArn, advancedConfiguration?.alternateTargetGroupArn].filter((arn) => arn !== undefined),
  );

const countsOf = ({ desiredCount = 0 }: Service, targets: Targets): TaskCounts => ({
  desired: desiredCount,
  healthy: [...targets.values()].filter(({ State }) => State === "healthy").length,
});

const newestFirst = (one: Task, other: Task): number => time(other.createdAt) - time(one.createdAt);
const time = (at: Date | undefined): number => at?.getTime() ?? 0;

function seenOf(task: Task, deployment_id: number | null, targets: Targets): SeenTask {
  const state = stateOf(task);
  const address = task.containers?.flatMap(({ networkInterfaces = [] }) => networkInterfaces)[0]?.privateIpv4Address;
  const target = state === "running" ? targets.get(address ?? "") : undefined;
  const health = state === "running" ? healthOf(target) : null;
  const stopped = state === "stopped";
  return {
    task: (task.taskArn ?? "").split("/").at(-1) ?? "",
    process: "web",
    deployment_id,
    state,
    health,
    since: sinceOf(task, state).toISOString(),
    exit_code: stopped ? (exitOf(task)?.code ?? null) : null,
    reason: stopped ? reasonOf(task) : health === "unhealthy" ? sentence(target?.Description ?? "") : null,
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
function reasonOf(task: Task): string | null {
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
