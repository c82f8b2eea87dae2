import {
  type CreateServiceCommandInput,
  InvalidParameterException,
  ServiceNotActiveException,
  type UpdateServiceCommandInput,
} from "@aws-sdk/client-ecs";

/** What becomes of the tasks of a process: they run on, or each ends after some seconds. */
export type ProcessFate = "runs" | "ends";

/** A version that a service runs, ran, or is about to run. */
interface Version {
  readonly taskDefinition: string;
  readonly desired: number;
  /** When its tasks begin to run, and when the last of them is gone. */
  readonly since: number;
  until: number;
}

interface ProcessService {
  readonly name: string;
  status: "ACTIVE" | "DRAINING" | "INACTIVE";
  /** Oldest first; the last one is wanted. */
  readonly versions: Version[];
  /** What is shown of it, from when on: answers are eventually consistent. */
  readonly shown: { readonly at: number; readonly taskDefinition: string }[];
}

export interface ProcessesOptions {
  readonly time: () => number;
  readonly after: (milliseconds: number, run: () => void) => void;
  readonly deploymentOf: (taskDefinition: string) => number;
  readonly fateOf: (deploymentId: number) => ProcessFate;
  readonly requireActive: (taskDefinition: string) => void;
  readonly changed: (service: string) => void;
}

const startMs = 3000;
const drainMs = 2000;
const endsAfterMs = 5000;
const longestLagMs = 3000;
/** When the time of the simulation begins, for instants that ECS tells. */
const beginning = Date.parse("2026-01-01T00:00:00.000Z");

const refused = (message: string): Error => new InvalidParameterException({ message, $metadata: {} });

export const isProcess = (service: string): boolean => /^slipway-\d+-[a-z]/.test(service);

/**
 * Services without a load balancer, as ECS has them: a newer version starts beside the older one, which stops once the newer
 * one runs; nobody sees whether it is any good; and what was told last is shown a little later.
 */
export class ProcessServices {
  readonly #options: ProcessesOptions;
  readonly #services = new Map<string, ProcessService>();
  #told = 0;

  constructor(options: ProcessesOptions) {
    this.#options = options;
  }

  /** By process, the deployments whose tasks an app runs there, or is about to. */
  running(appId: number): ReadonlyMap<string, readonly number[]> {
    const now = this.#options.time();
    const own = [...this.#services.values()].filter(({ name }) => name.startsWith(`slipway-${appId}-`));
    const found = own.map(({ name, versions }) => {
      const left = versions.filter(({ until }) => until > now);
      return [
        name.replace(`slipway-${appId}-`, ""),
        left.map((one) => this.#options.deploymentOf(one.taskDefinition)),
      ] as const;
    });
    return new Map(found.filter(([, deployments]) => deployments.length > 0));
  }

  /** For how long all tasks of a process have run without a break, in seconds, if they are of this deployment alone; 0: they are not. */
  steadySeconds(appId: number, process: string, deployment: number): number {
    const now = this.#options.time();
    const versions =
      this.#services.get(`slipway-${appId}-${process}`)?.versions.filter(({ until }) => until > now) ?? [];
    const isOwn = versions.every((one) => this.#options.deploymentOf(one.taskDefinition) === deployment);
    if (!isOwn || versions.length === 0 || this.#options.fateOf(deployment) === "ends") return 0;
    return Math.max(0, Math.min(...versions.map(({ since }) => (now - since) / 1000)));
  }

  /** The task definitions that services want. */
  inUse(appId: number): readonly string[] {
    return [...this.#services.values()]
      .filter(({ name, status }) => name.startsWith(`slipway-${appId}-`) && status === "ACTIVE")
      .flatMap(({ versions }) => versions.at(-1)?.taskDefinition ?? []);
  }

  names(): readonly string[] {
    return [...this.#services.values()].filter(({ status }) => status !== "INACTIVE").map(({ name }) => name);
  }

  describe(name: string): object | null {
    const service = this.#services.get(name);
    const seen = service?.shown.findLast(({ at }) => at <= this.#options.time());
    if (service === undefined || seen === undefined) return null;
    return { serviceName: name, status: service.status, taskDefinition: seen.taskDefinition, events: [] };
  }

  create({ serviceName = "", taskDefinition = "", desiredCount = 1 }: CreateServiceCommandInput): object {
    const existing = this.#services.get(serviceName);
    if (existing?.status === "ACTIVE") throw refused("Creation of service was not idempotent.");
    if (existing?.status === "DRAINING") throw refused("Unable to Start a service that is still Draining.");
    this.#options.requireActive(taskDefinition);
    this.#services.set(serviceName, { name: serviceName, status: "ACTIVE", versions: [], shown: [] });
    return this.#run(this.#active(serviceName), taskDefinition, desiredCount);
  }

  update({ service: name = "", taskDefinition = "", desiredCount = 1 }: UpdateServiceCommandInput): object {
    const service = this.#active(name);
    if (service.versions.at(-1)?.taskDefinition === taskDefinition) return {};
    this.#options.requireActive(taskDefinition);
    return this.#run(service, taskDefinition, desiredCount);
  }

  delete(name: string): object {
    const service = this.#active(name);
    service.status = "DRAINING";
    this.#end(service, this.#options.time() + drainMs);
    this.#options.after(drainMs, () => {
      service.status = "INACTIVE";
    });
    this.#options.changed(name);
    return {};
  }

  /** Names of its tasks: service, index of the version, and the number of the task. */
  list(name: string, desiredStatus: string): readonly string[] {
    const service = this.#services.get(name);
    if (service === undefined) return [];
    const now = this.#options.time();
    return service.versions.flatMap((version, index) => {
      const arn = (task: string): string => `task/${name}/${index}/${task}`;
      const runs = version.since <= now && version.until > now;
      const isWanted = version.until === Number.POSITIVE_INFINITY;
      const here = runs && isWanted === (desiredStatus === "RUNNING");
      const running = here ? Array.from({ length: version.desired }, (_, at) => arn(`run-${at}`)) : [];
      const ended = desiredStatus === "STOPPED" ? this.#ended(version) : 0;
      return [...running, ...Array.from({ length: ended }, (_, at) => arn(`end-${at}`))];
    });
  }

  task(arn: string): object | null {
    const [, name = "", index = "", task = ""] = arn.split("/");
    const version = this.#services.get(name)?.versions[Number(index)];
    if (version === undefined) return null;
    const common = {
      taskArn: arn,
      taskDefinitionArn: version.taskDefinition,
      createdAt: new Date(beginning + version.since),
    };
    const at = (ms: number): Date => new Date(beginning + ms);
    if (task.startsWith("end-"))
      return {
        ...common,
        lastStatus: "STOPPED",
        desiredStatus: "STOPPED",
        stopCode: "EssentialContainerExited",
        startedAt: at(version.since),
        stoppedAt: at(version.since + endsAfterMs * (Number(task.slice(4)) + 1)),
        containers: [{ name: "app", exitCode: 7 }],
      };
    const rounds = this.#fate(version) === "ends" ? this.#ended(version) : 0;
    const desiredStatus = version.until === Number.POSITIVE_INFINITY ? "RUNNING" : "STOPPED";
    return { ...common, lastStatus: "RUNNING", desiredStatus, startedAt: at(version.since + rounds * endsAfterMs) };
  }

  #fate({ taskDefinition }: Version): ProcessFate {
    return this.#options.fateOf(this.#options.deploymentOf(taskDefinition));
  }

  /** How often a task of a version has ended so far. */
  #ended(version: Version): number {
    if (this.#fate(version) === "runs") return 0;
    const lasted = Math.min(this.#options.time(), version.until) - version.since;
    return Math.min(20, Math.max(0, Math.floor(lasted / endsAfterMs)));
  }

  #run(service: ProcessService, taskDefinition: string, desired: number): object {
    const now = this.#options.time();
    this.#end(service, now + startMs + drainMs);
    service.versions.push({ taskDefinition, desired, since: now + startMs, until: Number.POSITIVE_INFINITY });
    // What was there before is shown until then.
    service.shown.push({ at: now + ((++this.#told * 997) % longestLagMs), taskDefinition });
    this.#options.after(startMs, () => this.#options.changed(service.name));
    return {};
  }

  #end({ versions }: ProcessService, at: number): void {
    for (const version of versions) if (version.until > at) version.until = at;
  }

  #active(name: string): ProcessService {
    const service = this.#services.get(name);
    if (service?.status !== "ACTIVE")
      throw new ServiceNotActiveException({ message: "Service was not ACTIVE.", $metadata: {} });
    return service;
  }
}
