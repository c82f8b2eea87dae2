import type { Elb } from "../elb/elb.ts";
import type { Logs } from "../logs/logs.ts";
import type { LocalContext } from "../part.ts";
import { createDeploying, type Deploying } from "./deploying.ts";
import type { Engine } from "./engine.ts";
import type { Teller } from "./events.ts";
import { createFleet, type Fleet } from "./fleet.ts";
import type { Service, ServiceDeployment, Task } from "./model.ts";
import { observe, type Seen } from "./observe.ts";
import { createPatience, type Patience } from "./patience.ts";
import type { Store } from "./store.ts";
import { type Action, converge, type DeploymentView, STRATEGIES } from "./strategy.ts";

export interface SchedulerParts {
  readonly context: LocalContext;
  readonly store: Store;
  readonly engine: Engine;
  readonly elb: Elb;
  readonly logs: Logs;
  readonly teller: Teller;
  /** How long a second of a health check's grace lasts. */
  readonly secondMs: number;
}

/** ECS's service scheduler: has every service run what it should. */
export interface Scheduler {
  readonly deploying: Deploying;
  readonly fleet: Fleet;
  /** Something about that service changed. */
  wake(serviceArn: string): void;
  /** Brings back what ran when the local mode last ended. */
  start(): void;
  close(): Promise<void>;
}

/** While a service is not as it should be it is looked at this often, besides whenever something happens. */
const LOOK_MS = 200;

/** One service, as far as a look at it goes. */
interface Look {
  readonly service: Service;
  readonly deployment: ServiceDeployment | undefined;
  readonly seen: readonly Seen[];
  readonly actions: readonly Action[];
}

function viewOf(service: Service, deployment: ServiceDeployment): DeploymentView {
  const { status, target, rollback } = deployment;
  const breaker = deployment.deploymentConfiguration.deploymentCircuitBreaker;
  return { status, target, fallback: service.steady, breaker, failures: rollback?.failures ?? deployment.failures };
}

function lookAt(parts: SchedulerParts, fleet: Fleet, patience: Patience, service: Service): Look {
  const { store, elb, secondMs, context } = parts;
  const now = context.clock.now();
  const live = fleet.of(service.arn);
  const seen = observe(service, live, (arn) => store.revisions.get(arn), elb.targets, { secondMs, now });
  const deployment = service.deployment === null ? undefined : store.deployments.get(service.deployment);
  const { minimumHealthyPercent, maximumPercent, strategy } = service.deploymentConfiguration;
  const wanted = deployment?.rollback?.serviceRevisionArn ?? deployment?.target ?? service.steady ?? "";
  const mayStart = patience.mayStart(wanted, now);
  const observed = { desired: service.desiredCount, minimumHealthyPercent, maximumPercent, tasks: seen, mayStart };
  const draining = seen.map(({ id }): Action => ({ type: "stop", task: id, because: "scaling" }));
  const resting = service.halted || service.steady === null ? [] : converge(service.steady, observed);
  if (service.status === "DRAINING") return { service, deployment, seen, actions: draining };
  const actions = deployment === undefined ? resting : STRATEGIES[strategy](viewOf(service, deployment), observed);
  return { service, deployment, seen, actions };
}

class ServiceScheduler implements Scheduler {
  readonly deploying: Deploying;
  readonly fleet: Fleet;
  readonly #parts: SchedulerParts;
  readonly #patience = createPatience();
  readonly #planned = new Map<string, () => void>();
  /** Tasks that were seen healthy. */
  readonly #greeted = new Set<string>();
  readonly #unlisten: () => void;
  #closed = false;

  constructor(parts: SchedulerParts) {
    const { context, store, teller, elb } = parts;
    this.#parts = parts;
    this.deploying = createDeploying(context, store, teller);
    this.fleet = createFleet({
      ...parts,
      onRunning: (serviceArn) => this.wake(serviceArn),
      onStopped: (task) => this.#stopped(task),
    });
    this.#unlisten = elb.targets.onChange((groupArn) => {
      for (const { arn, loadBalancers } of store.services.all()) {
        if (loadBalancers.some(({ targetGroupArn }) => targetGroupArn === groupArn)) this.wake(arn);
      }
    });
  }

  wake(serviceArn: string, ms = 0): void {
    if (this.#closed) return;
    this.#planned.get(serviceArn)?.();
    const cancel = this.#parts.context.clock.after(ms, () => this.#run(serviceArn));
    this.#planned.set(serviceArn, cancel);
  }

  start(): void {
    const { store } = this.#parts;
    for (const service of store.services.all().filter(({ status }) => status !== "INACTIVE")) {
      if (service.status === "ACTIVE") this.#restore(service);
      this.wake(service.arn);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unlisten();
    for (const cancel of this.#planned.values()) cancel();
    await this.fleet.close();
  }

  #run(serviceArn: string): void {
    const { store } = this.#parts;
    this.#planned.delete(serviceArn);
    const service = store.services.get(serviceArn);
    if (this.#closed || service === undefined || service.status === "INACTIVE") return;
    this.#greet(lookAt(this.#parts, this.fleet, this.#patience, service));
    const look = lookAt(this.#parts, this.fleet, this.#patience, service);
    for (const action of look.actions) this.#perform(look, action);
    if (service.status === "DRAINING" && this.fleet.of(serviceArn).length === 0) {
      store.change(store.service(serviceArn), { status: "INACTIVE" });
    } else if (!settled(look)) this.wake(serviceArn, look.actions.length > 0 ? 0 : LOOK_MS);
  }

  #perform(look: Look, action: Action): void {
    const { service, deployment } = look;
    const now = this.#parts.store.service(service.arn);
    if (action.type === "start") this.#startTasks(now, action.revision, action.count);
    else if (action.type === "stop") this.#stopTask(look, action.task, action.because);
    else if (deployment !== undefined) this.deploying.enter(now, deployment, action.status, action.reason);
  }

  #startTasks(service: Service, revisionArn: string, count: number): void {
    const { store, teller } = this.#parts;
    const revision = store.revisions.get(revisionArn);
    if (revision === undefined) return;
    const deployment = this.#deploymentOf(service) ?? store.deploymentsOf(service.arn)[0];
    const startedBy = deployment?.rollback?.startedBy ?? deployment?.startedBy ?? "";
    for (let index = 0; index < count; index += 1) {
      const { id } = this.fleet.start(service, revision, startedBy);
      teller.say(service.arn, `has started 1 tasks: (task ${id}).`);
    }
  }

  #stopTask({ service, seen, deployment }: Look, taskId: string, because: "scaling" | "unhealthy"): void {
    const { teller } = this.#parts;
    const task = seen.find(({ id }) => id === taskId);
    const { targetGroupArn = "", reason = "Health checks failed" } = task ?? {};
    if (task !== undefined && because === "unhealthy") {
      const where = `(task ${taskId}) (port ${service.loadBalancers[0]?.containerPort ?? 0})`;
      teller.say(service.arn, `${where} is unhealthy in (target-group ${targetGroupArn}) due to (reason ${reason}).`);
      this.#blame(service.arn, task.revision);
    }
    const scaled = `Scaling activity initiated by (deployment ${deployment?.startedBy ?? service.name})`;
    const failed = `Task failed ELB health checks in (target-group ${targetGroupArn})`;
    this.fleet.stop(taskId, "ServiceSchedulerInitiated", because === "unhealthy" ? failed : scaled);
    teller.say(service.arn, `has stopped 1 running tasks: (task ${taskId}).`);
  }

  /** What served before goes on serving, also while a newer revision is being deployed. */
  #restore(service: Service): void {
    if (service.steady === null) return;
    this.#parts.store.change(service, { halted: false });
    if (service.deployment !== null) this.#startTasks(service, service.steady, service.desiredCount);
  }

  /** A task that became healthy shows that its kind can. */
  #greet({ service, seen }: Look): void {
    for (const { id, state, revision } of seen) {
      if (state !== "healthy" || this.#greeted.has(id)) continue;
      this.#greeted.add(id);
      this.#patience.succeeded(revision);
      this.#count(service, revision, null);
    }
  }

  #stopped(task: Task): void {
    const bySelf = task.stopCode === "EssentialContainerExited" || task.stopCode === "TaskFailedToStart";
    const { status } = this.#parts.store.service(task.serviceArn);
    if (bySelf && status === "ACTIVE") this.#blame(task.serviceArn, task.revision);
    this.#greeted.delete(task.id);
    this.wake(task.serviceArn);
  }

  #blame(serviceArn: string, revision: string): void {
    const { store, context } = this.#parts;
    this.#patience.failed(revision, context.clock.now());
    this.#count(store.service(serviceArn), revision, 1);
  }

  /** Tasks count for the deployment whose revision is theirs, or which is being rolled back to it. */
  #count(service: Service, revision: string, by: 1 | null): void {
    const deployment = this.#deploymentOf(service);
    const deployed = deployment?.rollback?.serviceRevisionArn ?? deployment?.target;
    if (deployment !== undefined && deployed === revision) this.deploying.count(deployment, by);
  }

  #deploymentOf({ deployment }: Service): ServiceDeployment | undefined {
    return deployment === null ? undefined : this.#parts.store.deployments.get(deployment);
  }
}

const settled = ({ service, deployment, seen, actions }: Look): boolean =>
  actions.length === 0 &&
  deployment === undefined &&
  (service.halted || (seen.length === service.desiredCount && seen.every(({ state }) => state === "healthy")));

export const createScheduler = (parts: SchedulerParts): Scheduler => new ServiceScheduler(parts);
