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

export function createScheduler(parts: SchedulerParts): Scheduler {
  const { context, store, teller } = parts;
  const { clock } = context;
  const deploying = createDeploying(context, store, teller);
  const patience = createPatience();
  const planned = new Map<string, () => void>();
  const greeted = new Set<string>();
  let closed = false;

  const wake = (serviceArn: string, ms = 0): void => {
    if (closed) return;
    planned.get(serviceArn)?.();
    planned.set(
      serviceArn,
      clock.after(ms, () => run(serviceArn)),
    );
  };
  const deploymentOf = (service: Service): ServiceDeployment | undefined =>
    service.deployment === null ? undefined : store.deployments.get(service.deployment);

  /** A failed start counts against the deployment whose revision it was, or against the revision it is rolled back to. */
  const blame = (serviceArn: string, revision: string): void => {
    patience.failed(revision, clock.now());
    const deployment = deploymentOf(store.service(serviceArn));
    const deployed = deployment?.rollback?.serviceRevisionArn ?? deployment?.target;
    if (deployment !== undefined && deployed === revision) deploying.count(deployment, 1);
  };
  const onStopped = (task: Task): void => {
    const bySelf = task.stopCode === "EssentialContainerExited" || task.stopCode === "TaskFailedToStart";
    if (bySelf && store.service(task.serviceArn).status === "ACTIVE") blame(task.serviceArn, task.revision);
    greeted.delete(task.id);
    wake(task.serviceArn);
  };
  const fleet = createFleet({ ...parts, onRunning: wake, onStopped });

  const startTasks = (service: Service, revisionArn: string, count: number): void => {
    const revision = store.revisions.get(revisionArn);
    if (revision === undefined) return;
    const deployment = deploymentOf(service) ?? store.deploymentsOf(service.arn)[0];
    const startedBy = deployment?.rollback?.startedBy ?? deployment?.startedBy ?? "";
    for (let index = 0; index < count; index += 1) {
      const { id } = fleet.start(service, revision, startedBy);
      teller.say(service.arn, `has started 1 tasks: (task ${id}).`);
    }
  };

  const stopTask = (look: Look, taskId: string, because: "scaling" | "unhealthy"): void => {
    const { service, seen, deployment } = look;
    const task = seen.find(({ id }) => id === taskId);
    const { targetGroupArn = "", reason = "Health checks failed" } = task ?? {};
    if (task !== undefined && because === "unhealthy") {
      const where = `(task ${taskId}) (port ${service.loadBalancers[0]?.containerPort ?? 0})`;
      teller.say(service.arn, `${where} is unhealthy in (target-group ${targetGroupArn}) due to (reason ${reason}).`);
      blame(service.arn, task.revision);
    }
    const scaled = `Scaling activity initiated by (deployment ${deployment?.startedBy ?? service.name})`;
    const failed = `Task failed ELB health checks in (target-group ${targetGroupArn})`;
    fleet.stop(taskId, "ServiceSchedulerInitiated", because === "unhealthy" ? failed : scaled);
    teller.say(service.arn, `has stopped 1 running tasks: (task ${taskId}).`);
  };

  const perform = (look: Look, action: Action): void => {
    const { service, deployment } = look;
    if (action.type === "start") startTasks(store.service(service.arn), action.revision, action.count);
    else if (action.type === "stop") stopTask(look, action.task, action.because);
    else if (deployment !== undefined)
      deploying.enter(store.service(service.arn), deployment, action.status, action.reason);
  };

  /** A task that became healthy shows that its kind can. */
  const greet = ({ service, seen }: Look): void => {
    for (const { id, state, revision } of seen) {
      if (state !== "healthy" || greeted.has(id)) continue;
      greeted.add(id);
      patience.succeeded(revision);
      const deployment = deploymentOf(service);
      const deployed = deployment?.rollback?.serviceRevisionArn ?? deployment?.target;
      if (deployment !== undefined && deployed === revision) deploying.count(deployment, null);
    }
  };

  const settled = ({ service, deployment, seen, actions }: Look): boolean =>
    actions.length === 0 &&
    deployment === undefined &&
    (service.halted || (seen.length === service.desiredCount && seen.every(({ state }) => state === "healthy")));

  const run = (serviceArn: string): void => {
    planned.delete(serviceArn);
    const service = store.services.get(serviceArn);
    if (closed || service === undefined || service.status === "INACTIVE") return;
    greet(lookAt(parts, fleet, patience, service));
    const look = lookAt(parts, fleet, patience, service);
    for (const action of look.actions) perform(look, action);
    if (service.status === "DRAINING" && fleet.of(serviceArn).length === 0) {
      store.change(store.service(serviceArn), { status: "INACTIVE" });
    } else if (!settled(look)) wake(serviceArn, look.actions.length > 0 ? 0 : LOOK_MS);
  };

  const unlisten = parts.elb.targets.onChange((groupArn) => {
    for (const { arn, loadBalancers } of store.services.all()) {
      if (loadBalancers.some(({ targetGroupArn }) => targetGroupArn === groupArn)) wake(arn);
    }
  });

  /** What served before goes on serving, also while a newer revision is being deployed. */
  const restore = (service: Service): void => {
    if (service.steady === null) return;
    store.change(service, { halted: false });
    if (service.deployment !== null) startTasks(service, service.steady, service.desiredCount);
  };

  return {
    deploying,
    fleet,
    wake,
    start: () => {
      for (const service of store.services.all().filter(({ status }) => status !== "INACTIVE")) {
        if (service.status === "ACTIVE") restore(service);
        wake(service.arn);
      }
    },
    close: async () => {
      closed = true;
      unlisten();
      for (const cancel of planned.values()) cancel();
      await fleet.close();
    },
  };
}
