import {
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  InvalidParameterException,
  paginateListServices,
  RegisterTaskDefinitionCommand,
  type Service,
  ServiceNotActiveException,
  ServiceNotFoundException,
  type Task,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { type Process, sizeOf, webProcess } from "../../core/app.ts";
import type { ProcessSeen } from "../../core/deployment/event.ts";
import { OutputUnreadable } from "../../core/log/output-unreadable.ts";
import type { LiveProcesses, Processes, ProcessStart } from "../../core/ports/processes.ts";
import type { Confirm, ReleaseOrder } from "../../core/ports/releases.ts";
import { collected } from "../collected.ts";
import type { ReleaseClients } from "./clients.ts";
import { exitOf, lastWords, releaseOutput } from "./failure.ts";
import { logGroups } from "./log-groups.ts";
import { isWithin, networkConfiguration } from "./network-configuration.ts";
import { ecsTags, ownerOf, ownerTags, processServiceName, type ReleasesOptions } from "./options.ts";
import { held, refusedBy } from "./requests.ts";
import { definitionIsOf } from "./service-deployment.ts";
import { tasksOfService } from "./service-tasks.ts";
import { explainStart, notStarted } from "./start-trouble.ts";
import { processDefinitionOf } from "./task-definition.ts";

/** DescribeServices takes so many: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html */
const mostServices = 10;

/**
 * New tasks start before the old ones are stopped. Whether they are any good is seen by their running on, which ECS does not
 * wait for: it only stops trying where tasks do not even start, and puts nothing back by itself.
 */
const rolling = {
  strategy: "ROLLING",
  minimumHealthyPercent: 100,
  maximumPercent: 200,
  deploymentCircuitBreaker: { enable: true, rollback: false },
} as const;

/** The processes beside `web` as services of ECS without a load balancer, `<service of the app>-<process>`. */
export function awsProcesses(clients: ReleaseClients, options: ReleasesOptions): Processes {
  const { ecs } = clients;
  const { cluster } = options;
  const groups = logGroups(clients.logs, options);

  /** Those of an app that are there, by the names of their processes. */
  const find = async (appId: number, names: readonly string[]): Promise<Map<string, Service>> => {
    const found = new Map<string, Service>();
    for (let from = 0; from < names.length; from += mostServices) {
      const services = names.slice(from, from + mostServices).map((name) => processServiceName(options, appId, name));
      const answer = await ecs.send(new DescribeServicesCommand({ cluster, services }));
      for (const service of answer.services ?? []) {
        const owner = ownerOf(options, service.serviceName ?? "");
        if (owner !== null && service.status !== "INACTIVE") found.set(owner.process, service);
      }
    }
    return found;
  };

  const isOf = async ({ taskDefinition }: Service, { deployment_id }: ReleaseOrder): Promise<boolean> =>
    taskDefinition !== undefined && definitionIsOf(ecs, taskDefinition, deployment_id);

  const register = async (order: ReleaseOrder, process: Process): Promise<string> => {
    const registered = await ecs.send(new RegisterTaskDefinitionCommand(processDefinitionOf(order, process, options)));
    const taskDefinition = registered.taskDefinition?.taskDefinitionArn;
    if (taskDefinition === undefined) throw new Error("ECS registered a task definition without an ARN.");
    return taskDefinition;
  };

  const create = ({ app_id }: ReleaseOrder, { name, instances }: Process, taskDefinition: string) =>
    ecs.send(
      new CreateServiceCommand({
        cluster,
        serviceName: processServiceName(options, app_id, name),
        taskDefinition,
        desiredCount: instances,
        launchType: "FARGATE",
        deploymentConfiguration: rolling,
        networkConfiguration: networkConfiguration(options),
        propagateTags: "SERVICE",
        tags: ecsTags(ownerTags(options, app_id)),
      }),
    );

  const update = (appId: number, { name, instances }: Process, taskDefinition: string, now: Service) =>
    ecs.send(
      new UpdateServiceCommand({
        cluster,
        service: processServiceName(options, appId, name),
        taskDefinition,
        desiredCount: instances,
        deploymentConfiguration: rolling,
        ...(isWithin(options, now) ? {} : { networkConfiguration: networkConfiguration(options) }),
      }),
    );

  const remove = async (service: string): Promise<void> => {
    try {
      await ecs.send(new DeleteServiceCommand({ cluster, service, force: true }));
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  };

  /** Has one process run what is ordered. `null`: not yet. */
  const startOne = async (
    order: ReleaseOrder,
    process: Process,
    now: Service | undefined,
    confirm: Confirm,
  ): Promise<string | null> => {
    if (now?.status === "DRAINING") return null;
    if (now?.taskDefinition !== undefined && (await isOf(now, order))) return now.taskDefinition;
    const taskDefinition = await register(order, process);
    await confirm();
    try {
      await (now === undefined
        ? create(order, process, taskDefinition)
        : update(order.app_id, process, taskDefinition, now));
      return taskDefinition;
    } catch (error) {
      // Somebody removed it, or made it, between the look and the call; a look may lag behind what was done.
      if (isGone(error) || isThere(error)) return null;
      throw error;
    }
  };

  const start = async (order: ReleaseOrder, names: readonly string[], confirm: Confirm): Promise<ProcessStart> => {
    await groups.ensure(order);
    const found = await find(order.app_id, names);
    const started: [string, string][] = [];
    const wanted = order.settings.processes.filter(({ name }) => names.includes(name));
    for (const process of wanted) {
      const taskDefinition = await startOne(order, process, found.get(process.name), confirm);
      if (taskDefinition !== null) started.push([process.name, taskDefinition]);
    }
    if (started.length < wanted.length) return { outcome: "waiting" };
    return { outcome: "started", task_definitions: Object.fromEntries(started) };
  };

  /** Its tasks, and which of them are of this release. */
  const tasksOf = async (service: Service, order: ReleaseOrder) => {
    const { serviceName = "" } = service;
    const [present, stopped] = await Promise.all([
      tasksOfService(ecs, cluster, serviceName, "RUNNING"),
      tasksOfService(ecs, cluster, serviceName, "STOPPED"),
    ]);
    const all = [...present, ...stopped];
    const definitions = new Set(all.flatMap(({ taskDefinitionArn }) => taskDefinitionArn ?? []));
    const own = new Set<string>();
    for (const arn of definitions) if (await definitionIsOf(ecs, arn, order.deployment_id)) own.add(arn);
    const isOwn = ({ taskDefinitionArn = "" }: Task): boolean => own.has(taskDefinitionArn);
    return { own: all.filter(isOwn), others: all.filter((task) => !isOwn(task)) };
  };

  const seeOne = async (order: ReleaseOrder, process: Process, service: Service | undefined): Promise<ProcessSeen> => {
    const { name, instances: desired } = process;
    const none = { name, desired, task_definition: null, running_since: [], others: 0, failures: 0 };
    if (service === undefined) return { ...none, exit_code: null, trouble: null, printed: null };
    const { own, others } = await tasksOf(service, order);
    const isWanted = service.status === "ACTIVE" && (await isOf(service, order));
    const failed = own.filter((task) => !isThereYet(task) && (exitOf(task) !== null || notStarted(task) !== null));
    const said = failed.flatMap((task) => notStarted(task) ?? [])[0];
    const sized = { ...sizeOf(order.settings, process), instances: desired, scaling: null };
    return {
      ...none,
      task_definition: isWanted ? (service.taskDefinition ?? null) : null,
      running_since: own.flatMap(runningSince),
      others: others.filter(isThereYet).length,
      failures: failed.length,
      exit_code: failed.toSorted(newestFirst).flatMap((task) => exitOf(task)?.code ?? [])[0] ?? null,
      trouble: said === undefined ? null : explainStart(said, sized),
      printed: failed.length === 0 ? null : await lastWords(clients, options, order, name),
    };
  };

  /** Has one process run what is live, or removes it. `false`: it does not run this release. */
  const restoreOne = async (
    order: ReleaseOrder,
    service: Service,
    { process, live }: { readonly process: Process | undefined; readonly live: LiveProcesses | null },
    confirm: Confirm,
  ): Promise<boolean> => {
    if (service.status !== "ACTIVE" || !(await isOf(service, order))) return false;
    if (process === undefined || live === null) {
      await confirm();
      await remove(service.serviceName ?? "");
      return true;
    }
    const taskDefinition = live.task_definitions[process.name] ?? (await register(live.order, process));
    await confirm();
    try {
      await update(order.app_id, process, taskDefinition, service);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    return true;
  };

  return {
    start: async (order, names, confirm = held) => {
      try {
        return await start(order, names, confirm);
      } catch (error) {
        return refusedBy(error);
      }
    },

    see: async (order, names) => {
      const found = await find(order.app_id, names);
      const wanted = order.settings.processes.filter(({ name }) => names.includes(name));
      return Promise.all(wanted.map((process) => seeOne(order, process, found.get(process.name))));
    },

    restore: async (order, live, confirm = held) => {
      const { app_id, settings } = order;
      const ofLive = live?.order.settings.processes ?? [];
      const names = new Set([...settings.processes, ...ofLive].map(({ name }) => name));
      let isRestored = true;
      for (const [name, service] of await find(app_id, [...names])) {
        const process = ofLive.find((one) => one.name === name);
        const moves = await restoreOne(order, service, { process, live }, confirm);
        const { own } = await tasksOf(service, order);
        if (moves || own.some(isThereYet)) isRestored = false;
      }
      return isRestored ? "restored" : "restoring";
    },

    retire: async (appId, names, confirm = held) => {
      for (const { serviceName = "", status } of (await find(appId, names)).values()) {
        if (status !== "ACTIVE") continue;
        await confirm();
        await remove(serviceName);
      }
    },

    output: (order, name) =>
      releaseOutput(clients, options, order, name).catch((error) => {
        throw new OutputUnreadable(error);
      }),

    remove: async (appId) => {
      const pages = paginateListServices({ client: ecs }, { cluster });
      const arns = await collected(pages, ({ serviceArns }) => serviceArns);
      const names = arns.flatMap((arn) => {
        const owner = ownerOf(options, arn.slice(arn.lastIndexOf("/") + 1));
        return owner !== null && owner.app_id === appId && owner.process !== webProcess ? [owner.process] : [];
      });
      const left = await find(appId, names);
      for (const { serviceName = "", status } of left.values()) if (status === "ACTIVE") await remove(serviceName);
      return left.size === 0;
    },
  };
}

const isGone = (error: unknown): boolean =>
  error instanceof ServiceNotFoundException || error instanceof ServiceNotActiveException;

/** CreateService says so of a name that a service has, or had until it is gone. */
const isThere = (error: unknown): boolean =>
  error instanceof InvalidParameterException && /not idempotent|still Draining/i.test(error.message);

const isThereYet = ({ lastStatus }: Task): boolean => lastStatus !== "STOPPED";

const runningSince = ({ lastStatus, desiredStatus, startedAt }: Task): string[] =>
  lastStatus === "RUNNING" && desiredStatus === "RUNNING" && startedAt !== undefined ? [startedAt.toISOString()] : [];

const newestFirst = (one: Task, other: Task): number =>
  (other.stoppedAt?.getTime() ?? 0) - (one.stoppedAt?.getTime() ?? 0);
