import {
  ClientException,
  ConflictException,
  type ContinueServiceDeploymentCommandInput,
  type CreateServiceCommandInput,
  type DeleteTaskDefinitionsCommandInput,
  type DeploymentConfiguration,
  type DescribeServiceDeploymentsCommandInput,
  type DescribeServiceRevisionsCommandInput,
  type DescribeServicesCommandInput,
  type DescribeTasksCommandInput,
  InvalidParameterException,
  type ListServiceDeploymentsCommandInput,
  type ListTaskDefinitionsCommandInput,
  type ListTasksCommandInput,
  type LoadBalancer,
  type RegisterTaskDefinitionCommandInput,
  type ServiceDeploymentStatus,
  ServiceNotActiveException,
  ServiceNotFoundException,
  type StopServiceDeploymentCommandInput,
  type UpdateServiceCommandInput,
} from "@aws-sdk/client-ecs";
import type { ReleasesOptions } from "../../../lib/adapters/ecs/options.ts";
import { isProcess, type ProcessFate, ProcessServices } from "./processes.ts";

/** What becomes of the tasks of a release. */
export interface ReleaseFate {
  /** `never`: they become neither healthy nor sick. */
  readonly outcome: "succeeded" | "failed" | "never";
  readonly seconds: number;
}

interface ServiceDeployment {
  readonly arn: string;
  readonly service: string;
  readonly taskDefinition: string;
  /** What ran when it began. */
  readonly sources: readonly string[];
  readonly configuration: DeploymentConfiguration;
  status: ServiceDeploymentStatus;
  /** From then on it is listed. */
  readonly listedAt: number;
  /** Whether its one pause is before it, lasts, or is over. */
  hook: "none" | "ahead" | "waits" | "over";
}

interface Definition {
  readonly arn: string;
  readonly family: string;
  /** Which deployment of Slipway's it names in its environment. */
  readonly deployment: number;
  status: "ACTIVE" | "INACTIVE" | "DELETE_IN_PROGRESS";
  /** For so long ECS may still take it, though it was deregistered. */
  takenUntil: number;
}

interface Service {
  readonly name: string;
  readonly token: string;
  status: "ACTIVE" | "DRAINING" | "INACTIVE";
  taskDefinition: string;
  readonly loadBalancers: readonly LoadBalancer[];
  /** From then on it is described. */
  readonly shownAt: number;
  /** The last version that was released to the end. */
  steady: string | null;
  /** Newest first. */
  deployments: ServiceDeployment[];
}

const unfinished: readonly ServiceDeploymentStatus[] = ["IN_PROGRESS", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"];
const isUnfinished = ({ status }: ServiceDeployment): boolean => unfinished.includes(status);
const isRising = ({ status }: ServiceDeployment): boolean => status === "IN_PROGRESS";

const rollbackSeconds = 3;
const drainSeconds = 2;

const refused = (message: string): Error => new InvalidParameterException({ message, $metadata: {} });
const tooLate = (message: string): Error => new ConflictException({ message, $metadata: {} });

/** As EventBridge and the adapter for AWS know a service. */
export const serviceArn = (service: string): string => `arn:aws:ecs:eu-west-1:1:service/slipway/${service}`;

/** What the adapter knows of an installation whose ECS is simulated. */
export const simulatedReleases: ReleasesOptions = {
  installation: "Slipway",
  namePrefix: "slipway",
  cluster: "slipway",
  repositoriesUri: "registry.example.com/slipway",
  taskExecutionRoleArn: "execution",
  taskRoleArn: "task",
  appRolesArn: "arn:aws:iam::123456789012:role/slipway/",
  infrastructureRoleArn: "infrastructure",
  appLogGroup: "/apps",
  vpcId: "vpc",
  subnetIds: ["subnet"],
  loadBalancerSecurityGroupId: "sg-1",
  taskNetwork: { subnetIds: ["subnet"], securityGroupIds: ["sg-2"], hasPublicAddress: true },
  secretsPrefix: "/slipway/apps",
  region: "eu-west-1",
  appUrl: "",
  domain: null,
  privateNames: null,
};

/** ECS refuses a task definition only some time after it was deregistered: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeregisterTaskDefinition.html */
const takenForMs = 10 * 60 * 1000;
/** A page of a list, so that whoever reads one page only is found out. */
const pageOfDefinitions = 2;

export interface EcsOptions {
  readonly time: () => number;
  readonly after: (milliseconds: number, run: () => void) => void;
  readonly fateOf: (deploymentId: number) => ReleaseFate;
  /** What becomes of the processes beside it; none: they run. */
  readonly processFateOf?: (deploymentId: number) => ProcessFate;
  /** Called for each change of a service, as EventBridge reports it. */
  readonly changed: (service: string) => void;
  /** Called when a release begins, and which other one rises at that moment. */
  readonly began: (deploymentId: number, rising: number | null) => void;
  /** How long what was begun just now is not shown yet, in ms: answers are eventually consistent. Default: at once. */
  readonly lag?: () => number;
  /** Called when a service is deleted that serves. */
  readonly deletedLive?: (service: string) => void;
}

/**
 * ECS as its API promises it, and no kinder: each registration is a revision of its own, a newer deployment of a service
 * stops the older one, there is no token for an update, and only what has not ended can be stopped.
 */
export class Ecs {
  readonly #options: EcsOptions;
  readonly #services = new Map<string, Service>();
  readonly #definitions = new Map<string, Definition>();
  readonly processes: ProcessServices;
  #arns = 0;

  constructor(options: EcsOptions) {
    this.#options = options;
    this.processes = new ProcessServices({
      time: options.time,
      after: options.after,
      deploymentOf: (arn) => this.#deploymentOf(arn),
      fateOf: (id) => options.processFateOf?.(id) ?? "runs",
      requireActive: (arn) => this.#requireActive(arn),
      changed: options.changed,
    });
  }

  /** Which deployment serves an app; `null`: none. */
  serving(appId: number): number | null {
    const service = this.#services.get(`slipway-${appId}`);
    if (service?.status !== "ACTIVE" || service.steady === null) return null;
    return this.#deploymentOf(service.steady);
  }

  /** Whether a deployment serves, or is on its way to. */
  runs(appId: number, deployment: number): boolean {
    const service = this.#services.get(`slipway-${appId}`);
    if (service?.status !== "ACTIVE") return false;
    const rising = service.deployments.filter(isRising).map(({ taskDefinition }) => taskDefinition);
    return [...rising, ...(service.steady ? [service.steady] : [])].some(
      (one) => this.#deploymentOf(one) === deployment,
    );
  }

  /** What is left of a service, or is on its way, beside what serves; `null`: nothing. */
  loose(appId: number): string | null {
    const service = this.#services.get(`slipway-${appId}`);
    if (service === undefined || service.status === "INACTIVE") return null;
    if (service.status === "DRAINING") return "it drains";
    if (service.steady === null) return "it has no version that works";
    if (service.deployments.some(isUnfinished)) return "a service deployment is under way";
    return service.taskDefinition === service.steady ? null : "it wants another version than the one that works";
  }

  /** The task definition with which an app serves, or that it is to run. */
  inUse(appId: number): readonly string[] {
    const service = this.#services.get(`slipway-${appId}`);
    const own =
      service?.status === "ACTIVE" ? [service.taskDefinition, ...(service.steady ? [service.steady] : [])] : [];
    return [...own, ...this.processes.inUse(appId)];
  }

  /** The task definitions of an app that are active. */
  active(appId: number): readonly string[] {
    return [...this.#definitions.values()]
      .filter(({ family, status }) => family === `slipway-${appId}` && status === "ACTIVE")
      .map(({ arn }) => arn);
  }

  /** Carries out a command of the SDK. */
  readonly send = (name: string, input: unknown): unknown => {
    const operation = this.#operations[name];
    if (operation === undefined) throw new Error(`The simulated ECS has no ${name}.`);
    return operation(input as never);
  };

  readonly #operations: Readonly<Record<string, (input: never) => unknown>> = {
    RegisterTaskDefinitionCommand: ({ family = "", containerDefinitions = [] }: RegisterTaskDefinitionCommandInput) => {
      const arn = `task-definition/${family}:${++this.#arns}`;
      const named = containerDefinitions[0]?.environment?.find(({ name }) => name === "SLIPWAY_DEPLOYMENT_ID");
      const deployment = Number(named?.value);
      this.#definitions.set(arn, { arn, family, deployment, status: "ACTIVE", takenUntil: Number.POSITIVE_INFINITY });
      return { taskDefinition: { taskDefinitionArn: arn } };
    },
    DescribeTaskDefinitionCommand: ({ taskDefinition }: { taskDefinition: string }) => {
      const { deployment, status } = this.#definition(taskDefinition);
      const environment = [{ name: "SLIPWAY_DEPLOYMENT_ID", value: String(deployment) }];
      return { taskDefinition: { status, containerDefinitions: [{ environment }] } };
    },
    ListTaskDefinitionsCommand: ({
      familyPrefix = "",
      status = "ACTIVE",
      nextToken = "0",
    }: ListTaskDefinitionsCommandInput) => {
      const listed = [...this.#definitions.values()].filter(
        (one) => one.family.startsWith(familyPrefix) && one.status === status,
      );
      const to = Number(nextToken) + pageOfDefinitions;
      const more = to < listed.length ? { nextToken: String(to) } : {};
      return { taskDefinitionArns: listed.slice(Number(nextToken), to).map(({ arn }) => arn), ...more };
    },
    DeregisterTaskDefinitionCommand: ({ taskDefinition }: { taskDefinition: string }) => {
      const definition = this.#definition(taskDefinition);
      definition.status = "INACTIVE";
      definition.takenUntil = Math.min(definition.takenUntil, this.#options.time() + takenForMs);
      return {};
    },
    DeleteTaskDefinitionsCommand: ({ taskDefinitions = [] }: DeleteTaskDefinitionsCommandInput) => {
      const found = taskDefinitions.flatMap((arn) => this.#definitions.get(arn) ?? []);
      // Nothing new may be made of it: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteTaskDefinitions.html
      for (const one of found.filter(({ status }) => status === "INACTIVE")) {
        one.status = "DELETE_IN_PROGRESS";
        one.takenUntil = this.#options.time();
      }
      return {};
    },
    CreateServiceCommand: (input: CreateServiceCommandInput) =>
      isProcess(input.serviceName ?? "") ? this.processes.create(input) : this.#create(input),
    UpdateServiceCommand: (input: UpdateServiceCommandInput) =>
      isProcess(input.service ?? "") ? this.processes.update(input) : this.#update(input),
    DeleteServiceCommand: ({ service }: { service: string }) =>
      isProcess(service) ? this.processes.delete(service) : this.#delete(this.#active(service)),
    ListServicesCommand: () => {
      const own = [...this.#services.values()].filter(({ status }) => status !== "INACTIVE").map(({ name }) => name);
      return { serviceArns: [...own, ...this.processes.names()].map(serviceArn) };
    },
    DescribeServicesCommand: ({ services = [] }: DescribeServicesCommandInput) => ({
      services: services.flatMap((name) => {
        if (isProcess(name)) return this.processes.describe(name) ?? [];
        const service = this.#services.get(name);
        return service === undefined || service.shownAt > this.#options.time() ? [] : [shown(service)];
      }),
    }),
    ListServiceDeploymentsCommand: ({ service = "", status, maxResults = 100 }: ListServiceDeploymentsCommandInput) => {
      const found = this.#services.get(service)?.deployments;
      if (found === undefined) throw new ServiceNotFoundException({ message: "Service not found.", $metadata: {} });
      const listed = found
        .filter((one) => one.listedAt <= this.#options.time() && (status?.includes(one.status) ?? true))
        .slice(0, maxResults);
      return { serviceDeployments: listed.map(({ arn }) => ({ serviceDeploymentArn: arn })) };
    },
    DescribeServiceDeploymentsCommand: ({ serviceDeploymentArns = [] }: DescribeServiceDeploymentsCommandInput) => ({
      serviceDeployments: serviceDeploymentArns.map((arn) => describe(this.#deployment(arn))),
    }),
    DescribeServiceRevisionsCommand: ({ serviceRevisionArns = [] }: DescribeServiceRevisionsCommandInput) => ({
      serviceRevisions: serviceRevisionArns.map((arn) => ({
        serviceRevisionArn: arn,
        taskDefinition: arn.replace("service-revision/", ""),
      })),
    }),
    StopServiceDeploymentCommand: ({ serviceDeploymentArn = "" }: StopServiceDeploymentCommandInput) =>
      this.#rollBack(this.#deployment(serviceDeploymentArn)),
    ContinueServiceDeploymentCommand: ({
      serviceDeploymentArn = "",
      action,
    }: ContinueServiceDeploymentCommandInput) => {
      const deployment = this.#deployment(serviceDeploymentArn);
      if (deployment.hook !== "waits" || !isRising(deployment)) throw refused("It does not wait for this hook.");
      deployment.hook = "over";
      if (action === "ROLLBACK") this.#rollBack(deployment);
      else this.#settleAfter(deployment, 1);
      return {};
    },
    ListTasksCommand: ({ serviceName = "", desiredStatus = "RUNNING" }: ListTasksCommandInput) => ({
      taskArns: isProcess(serviceName) ? this.processes.list(serviceName, desiredStatus) : [],
    }),
    DescribeTasksCommand: ({ tasks = [] }: DescribeTasksCommandInput) => ({
      tasks: tasks.flatMap((arn) => this.processes.task(arn) ?? []),
    }),
  };

  #definition(arn: string): Definition {
    const found = this.#definitions.get(arn);
    if (found === undefined)
      throw new ClientException({ message: "Unable to describe task definition.", $metadata: {} });
    return found;
  }

  #deploymentOf(arn: string): number {
    return this.#definitions.get(arn)?.deployment ?? 0;
  }

  /** Of what was deregistered long enough ago nothing new is made. What was made of it goes on. */
  #requireActive(arn: string): void {
    if (this.#definition(arn).takenUntil <= this.#options.time())
      throw new ClientException({ message: "TaskDefinition is inactive", $metadata: {} });
  }

  #create({
    serviceName = "",
    clientToken = "",
    taskDefinition = "",
    deploymentConfiguration,
    loadBalancers = [],
  }: CreateServiceCommandInput) {
    const existing = this.#services.get(serviceName);
    if (existing?.status === "ACTIVE") {
      const isSame = existing.token === clientToken && existing.taskDefinition === taskDefinition;
      if (!isSame) throw refused("Creation of service was not idempotent.");
      return { service: shown(existing) };
    }
    if (existing?.status === "DRAINING") throw refused("Unable to Start a service that is still Draining.");
    this.#requireActive(taskDefinition);
    const service: Service = {
      name: serviceName,
      token: clientToken,
      status: "ACTIVE",
      taskDefinition,
      loadBalancers,
      shownAt: this.#shownFrom(),
      steady: null,
      deployments: [],
    };
    this.#services.set(serviceName, service);
    this.#begin(service, deploymentConfiguration ?? {});
    return { service: shown(service) };
  }

  #update({ service: name = "", taskDefinition, deploymentConfiguration = {} }: UpdateServiceCommandInput) {
    const service = this.#active(name);
    const wanted = taskDefinition ?? service.taskDefinition;
    const isRolling = deploymentConfiguration.strategy === "ROLLING";
    if (!isRolling && service.deployments.some(isUnfinished))
      throw refused("The service has a deployment under way, and its strategy takes one at a time.");
    if (wanted === service.taskDefinition) return { service: shown(service) };
    this.#requireActive(wanted);
    service.taskDefinition = wanted;
    this.#begin(service, deploymentConfiguration);
    return { service: shown(service) };
  }

  #shownFrom(): number {
    return this.#options.time() + (this.#options.lag?.() ?? 0);
  }

  #begin(service: Service, configuration: DeploymentConfiguration): void {
    const id = this.#deploymentOf(service.taskDefinition);
    const rising = service.deployments.find(isRising);
    this.#options.began(id, rising === undefined ? null : this.#deploymentOf(rising.taskDefinition));
    const running = service.deployments.find(isUnfinished);
    const sources = [service.steady, running?.taskDefinition].filter((one) => one !== null && one !== undefined);
    for (const older of service.deployments.filter(isUnfinished)) older.status = "STOPPED";
    const deployment: ServiceDeployment = {
      arn: `service-deployment/${service.name}/${++this.#arns}`,
      service: service.name,
      taskDefinition: service.taskDefinition,
      sources,
      configuration,
      status: "IN_PROGRESS",
      listedAt: this.#shownFrom(),
      hook: (configuration.lifecycleHooks ?? []).length > 0 ? "ahead" : "none",
    };
    service.deployments.unshift(deployment);
    const { outcome, seconds } = this.#options.fateOf(id);
    if (outcome !== "never") this.#settleAfter(deployment, seconds);
    this.#options.changed(service.name);
  }

  #settleAfter(deployment: ServiceDeployment, seconds: number): void {
    this.#options.after(seconds * 1000, () => {
      if (!isRising(deployment) || deployment.hook === "waits") return;
      const { outcome } = this.#options.fateOf(this.#deploymentOf(deployment.taskDefinition));
      if (outcome === "failed") return this.#goBack(deployment);
      if (deployment.hook === "ahead") deployment.hook = "waits";
      else this.#succeed(deployment);
      this.#options.changed(deployment.service);
    });
  }

  #succeed(deployment: ServiceDeployment): void {
    deployment.status = "SUCCESSFUL";
    const service = this.#services.get(deployment.service);
    if (service !== undefined) service.steady = deployment.taskDefinition;
  }

  #rollBack(deployment: ServiceDeployment) {
    if (!isUnfinished(deployment)) throw tooLate("The service deployment is finished and cannot be stopped.");
    const service = this.#services.get(deployment.service);
    if (service?.steady === null) throw tooLate("There is no completed service revision to roll back to.");
    if (!isRising(deployment)) return {};
    deployment.status = "ROLLBACK_REQUESTED";
    this.#options.after(100, () => this.#goBack(deployment));
    return {};
  }

  #goBack(deployment: ServiceDeployment): void {
    if (!isUnfinished(deployment)) return;
    deployment.status = "ROLLBACK_IN_PROGRESS";
    this.#options.after(rollbackSeconds * 1000, () => {
      const service = this.#services.get(deployment.service);
      if (!isUnfinished(deployment) || service === undefined) return;
      const back = service.steady;
      deployment.status = back === null ? "ROLLBACK_FAILED" : "ROLLBACK_SUCCESSFUL";
      if (back !== null) service.taskDefinition = back;
      this.#options.changed(deployment.service);
    });
  }

  #delete(service: Service) {
    if (service.steady !== null) this.#options.deletedLive?.(service.name);
    service.status = "DRAINING";
    service.steady = null;
    for (const deployment of service.deployments.filter(isUnfinished)) deployment.status = "STOPPED";
    this.#options.after(drainSeconds * 1000, () => {
      service.status = "INACTIVE";
    });
    this.#options.changed(service.name);
    return {};
  }

  #active(name: string): Service {
    const service = this.#services.get(name);
    if (service === undefined) throw new ServiceNotFoundException({ message: "Service not found.", $metadata: {} });
    if (service.status !== "ACTIVE")
      throw new ServiceNotActiveException({ message: "Service was not ACTIVE.", $metadata: {} });
    return service;
  }

  #deployment(arn: string): ServiceDeployment {
    for (const { deployments } of this.#services.values()) {
      const found = deployments.find((one) => one.arn === arn);
      if (found !== undefined) return found;
    }
    throw new Error(`There is no service deployment ${arn}.`);
  }
}

const shown = ({ name, status, taskDefinition, loadBalancers }: Service) => ({
  serviceName: name,
  status,
  taskDefinition,
  desiredCount: 1,
  events: [],
  loadBalancers,
});

const revision = (taskDefinition: string): string => `service-revision/${taskDefinition}`;

const hookStatus = { none: undefined, ahead: undefined, waits: "AWAITING_ACTION", over: "SUCCEEDED" } as const;

function describe({ arn, taskDefinition, sources, status, hook }: ServiceDeployment) {
  const state = hookStatus[hook];
  const isDone = status === "SUCCESSFUL";
  return {
    serviceDeploymentArn: arn,
    status,
    createdAt: new Date(0),
    targetServiceRevision: {
      arn: revision(taskDefinition),
      requestedTaskCount: 1,
      runningTaskCount: 1,
      requestedProductionTrafficWeight: isDone ? 100 : 0,
    },
    sourceServiceRevisions: sources.map((source) => ({ arn: revision(source) })),
    lifecycleHookDetails: state === undefined ? [] : [{ hookId: "hook", targetType: "PAUSE", status: state }],
  };
}
