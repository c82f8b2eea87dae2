import { ElasticLoadBalancingV2ServiceException } from "@aws-sdk/client-elastic-load-balancing-v2";
import { ageOf } from "../../kernel/age.ts";
import type { Logs } from "../logs/logs.ts";
import { createDeploying, type Deploying } from "./deploying.ts";
import type { EcsEventEmitter } from "./events.ts";
import { isFinished, type Service, type ServiceDeployment, type Task } from "./model.ts";
import { type ServiceSnapshot, type SnapshotDeps, settled, snapshotOf } from "./service-snapshot.ts";
import { createStartBackoff } from "./start-backoff.ts";
import type { Action } from "./strategy.ts";
import type { TaskRunner } from "./task-runner.ts";
import { createTaskSet, type TaskSet } from "./task-set.ts";

export interface SchedulerDeps extends SnapshotDeps {
  readonly engine: TaskRunner;
  readonly logs: Logs;
  readonly emitter: EcsEventEmitter;
}

/** ECS's service scheduler: has every service run what it should. */
export interface Scheduler {
  readonly deploying: Deploying;
  readonly taskSet: TaskSet;
  /** Something about that service changed. */
  wake(serviceArn: string): void;
  /** Brings back what ran when the local mode last ended. */
  start(): void;
  close(): Promise<void>;
}

/** How often a service is polled that has not reached its desired state. Events trigger a poll as well. */
const POLL_MS = 200;

const isUnavailable = (error: unknown): boolean =>
  error instanceof ElasticLoadBalancingV2ServiceException && error.$metadata.httpStatusCode === 503;

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html */
const UNABLE_TO_START =
  "is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.";

type SetWeight = Extract<Action, { type: "set-weight" }>;

class ServiceScheduler implements Scheduler {
  readonly deploying: Deploying;
  readonly taskSet: TaskSet;
  readonly #parts: SchedulerDeps;
  readonly #backoff = createStartBackoff();
  readonly #planned = new Map<string, () => void>();
  /** Tasks that were seen healthy. */
  readonly #seenHealthy = new Set<string>();
  /** Services whose traffic is being shifted: until that is done nothing else is decided about them. */
  readonly #shifting = new Map<string, Promise<void>>();
  readonly #unlisten: () => void;
  #closed = false;

  constructor(parts: SchedulerDeps) {
    const { context, store, emitter, elb, inAlarm } = parts;
    this.#parts = parts;
    this.deploying = createDeploying(context, store, emitter, inAlarm);
    this.taskSet = createTaskSet({
      ...parts,
      onRunning: (serviceArn) => {
        if (serviceArn !== "") this.wake(serviceArn);
      },
      onStopped: (task) => this.#stopped(task),
    });
    this.#unlisten = elb.targets.onChange((groupArn) => {
      for (const { arn, loadBalancers } of store.services.all()) {
        const all = loadBalancers.flatMap((one) => [
          one.targetGroupArn,
          one.advancedConfiguration?.alternateTargetGroupArn,
        ]);
        if (all.includes(groupArn)) this.wake(arn);
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
    await Promise.all([this.taskSet.close(), ...this.#shifting.values()]);
  }

  #run(serviceArn: string): void {
    const { context, store } = this.#parts;
    this.#planned.delete(serviceArn);
    const service = store.services.get(serviceArn);
    if (this.#closed || service === undefined || service.status === "INACTIVE") return;
    if (this.#shifting.has(serviceArn)) return;
    // While the disk is full, nothing that is decided could be kept, and a deployment would fail, and its rollback with it.
    if (context.state.storage.refusal() !== null) {
      this.wake(serviceArn, POLL_MS);
      return;
    }
    this.#expire(service);
    this.#recordHealthy(snapshotOf(this.#parts, this.taskSet, this.#backoff, service));
    const snapshot = snapshotOf(this.#parts, this.taskSet, this.#backoff, service);
    for (const action of snapshot.actions) this.#perform(snapshot, action);
    if (service.status === "DRAINING" && this.taskSet.of(serviceArn).length === 0) {
      store.change(store.service(serviceArn), { status: "INACTIVE" });
    } else if (!settled(snapshot)) this.wake(serviceArn, snapshot.actions.length > 0 ? 0 : POLL_MS);
  }

  #perform(snapshot: ServiceSnapshot, action: Action): void {
    const { service, deployment } = snapshot;
    const now = this.#parts.store.service(service.arn);
    if (action.type === "start") this.#startTasks(now, action.revision, action.count);
    else if (action.type === "stop") this.#stopTask(snapshot, action.task, action.because);
    else if (deployment === undefined) return;
    else if (action.type === "set-weight") this.#shifting.set(now.arn, this.#setWeight(now, deployment, action));
    else if (action.type === "stage") this.deploying.shift(deployment, action.stage, action.step);
    else if (action.type === "pause") this.deploying.pause(deployment);
    else this.deploying.enter(now, deployment, action.status, action.reason, action.triggered);
  }

  async #setWeight(service: Service, deployment: ServiceDeployment, { rule, percent }: SetWeight): Promise<void> {
    const { store, traffic, emitter, context } = this.#parts;
    const revision = store.revisions.get(deployment.target);
    try {
      await traffic.setWeight(revision, rule, percent);
      if (this.#closed) return;
      emitter.addServiceEvent(
        service.arn,
        `(deployment ${deployment.startedBy}) sends ${percent} percent of ${rule} traffic to it.`,
      );
      this.deploying.shifted(deployment);
    } catch (error) {
      // Asked again: that a service is unavailable, such as while the disk is full, is no fault of the deployment.
      if (isUnavailable(error)) return;
      const reason = error instanceof Error ? error.message : String(error);
      context.log("ecs", { level: "ERROR", message: reason, service: service.arn, deployment: deployment.arn });
      if (!this.#closed) this.#giveUpShifting(deployment.arn, `Traffic could not be shifted: ${reason}`);
    } finally {
      this.#shifting.delete(service.arn);
      this.wake(service.arn);
    }
  }

  /** A role that may not move the rules cannot move them back either. */
  #giveUpShifting(deploymentArn: string, reason: string): void {
    const { store } = this.#parts;
    const deployment = store.deployments.get(deploymentArn);
    if (deployment === undefined || isFinished(deployment)) return;
    const service = store.service(deployment.serviceArn);
    const back = service.steady === null ? "STOPPED" : "ROLLBACK_IN_PROGRESS";
    this.deploying.enter(service, deployment, deployment.rollback === null ? back : "ROLLBACK_FAILED", reason);
  }

  /** A pause that nobody ends in time ends as its hook says. */
  #expire(service: Service): void {
    const deployment = this.#deploymentOf(service);
    const [hook] = deployment?.deploymentConfiguration.lifecycleHooks ?? [];
    if (deployment?.shift?.hook?.status !== "AWAITING_ACTION" || hook === undefined) return;
    const { timeoutInMinutes, action } = hook.timeoutConfiguration;
    const { context, minuteMs } = this.#parts;
    if (ageOf(context.clock, deployment.shift.since) < timeoutInMinutes * minuteMs) return;
    this.deploying.unpause(deployment, action === "CONTINUE" ? "SUCCEEDED" : "TIMED_OUT");
  }

  #startTasks(service: Service, revisionArn: string, count: number): void {
    const { store, emitter } = this.#parts;
    const revision = store.revisions.get(revisionArn);
    if (revision === undefined) return;
    const deployment = this.#deploymentOf(service) ?? store.deploymentsOf(service.arn)[0];
    const startedBy = deployment?.rollback?.startedBy ?? deployment?.startedBy ?? "";
    for (let index = 0; index < count; index += 1) {
      const { id } = this.taskSet.start(service, revision, startedBy);
      emitter.addServiceEvent(service.arn, `has started 1 tasks: (task ${id}).`);
    }
  }

  #stopTask({ service, seen, deployment }: ServiceSnapshot, taskId: string, because: "scaling" | "unhealthy"): void {
    const { emitter } = this.#parts;
    const task = seen.find(({ id }) => id === taskId);
    const { targetGroupArn = "", reason = "Health checks failed" } = task ?? {};
    if (task !== undefined && because === "unhealthy") {
      const inside = this.#parts.store.tasks.get(taskId)?.portInside;
      const where = `(task ${taskId}) (port ${inside ?? service.loadBalancers[0]?.containerPort ?? 0})`;
      emitter.addServiceEvent(
        service.arn,
        `${where} is unhealthy in (target-group ${targetGroupArn}) due to (reason ${reason}).`,
      );
      this.#recordFailure(service.arn, task.revision);
    }
    const scaled = `Scaling activity initiated by (deployment ${deployment?.startedBy ?? service.name})`;
    const failed = `Task failed ELB health checks in (target-group ${targetGroupArn})`;
    this.taskSet.stop(taskId, "ServiceSchedulerInitiated", because === "unhealthy" ? failed : scaled);
    emitter.addServiceEvent(service.arn, `has stopped 1 running tasks: (task ${taskId}).`);
  }

  /** What served before goes on serving, also while a newer revision is being deployed. */
  #restore(service: Service): void {
    const deployment = this.#deploymentOf(service);
    if (deployment?.status === "IN_PROGRESS") this.deploying.startOver(deployment);
    if (service.steady === null) return;
    this.#parts.store.change(service, { halted: false });
    if (service.deployment !== null) this.#startTasks(service, service.steady, service.desiredCount);
  }

  /** A healthy task resets the backoff and the failure count of its revision. */
  #recordHealthy({ service, seen }: ServiceSnapshot): void {
    for (const { id, state, revision } of seen) {
      if (state !== "healthy" || this.#seenHealthy.has(id)) continue;
      this.#seenHealthy.add(id);
      this.#backoff.succeeded(revision);
      this.#count(service, revision, null);
    }
  }

  #stopped(task: Task): void {
    // Of no service.
    if (task.serviceArn === "") return;
    const bySelf = task.stopCode === "EssentialContainerExited" || task.stopCode === "TaskFailedToStart";
    const { status } = this.#parts.store.service(task.serviceArn);
    if (bySelf && status === "ACTIVE") this.#recordFailure(task.serviceArn, task.revision);
    this.#seenHealthy.delete(task.id);
    this.wake(task.serviceArn);
  }

  #recordFailure(serviceArn: string, revision: string): void {
    const { store, context, emitter } = this.#parts;
    const isHeldBack = this.#backoff.failed(revision, context.clock.elapsed());
    if (isHeldBack) emitter.addServiceEvent(serviceArn, UNABLE_TO_START);
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

export const createScheduler = (parts: SchedulerDeps): Scheduler => new ServiceScheduler(parts);
