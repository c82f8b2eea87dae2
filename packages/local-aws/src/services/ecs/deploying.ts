import type { LocalContext } from "../../kernel/part.ts";
import type { EcsEventEmitter } from "./events.ts";
import { forgetHistory } from "./history.ts";
import { type Revision, type Service, type ServiceDeployment, targetGroupsOf } from "./model.ts";
import type { SnapshotDeps } from "./service-snapshot.ts";
import type { Store } from "./store.ts";
import { type DeploymentStatus, type LifecycleStage, TRIPPED } from "./strategy.ts";

/** The service deployments as they come, go on and end. */
export interface Deploying {
  /** Makes a service revision of what the service now says, and a service deployment of that. One that is unfinished is stopped. */
  begin(service: Service, sources: readonly string[]): Service;
  /** Carries out a status that a strategy decided on. `triggered`: the alarms that are the reason. */
  enter(
    service: Service,
    deployment: ServiceDeployment,
    status: DeploymentStatus,
    reason: string,
    triggered?: readonly string[],
  ): void;
  /** A deployment that shifts traffic goes on. */
  shift(deployment: ServiceDeployment, stage: LifecycleStage, step: number): void;
  /** Its traffic was shifted just now. */
  shifted(deployment: ServiceDeployment): void;
  /** It waits for whoever continues it. */
  pause(deployment: ServiceDeployment): void;
  /** Its tasks are gone: they are started, and its traffic is shifted, from the beginning. */
  startOver(deployment: ServiceDeployment): void;
  /** What ends its pause, or does not fit one: `false`. */
  unpause(deployment: ServiceDeployment, status: "SUCCEEDED" | "FAILED" | "TIMED_OUT"): boolean;
  /** `by`: 1 more task failed; `null`: one became healthy, which clears the count. */
  count(deployment: ServiceDeployment, by: 1 | null): void;
}

/** Where new tasks go: beside those that serve, unless traffic is to be shifted away from these. */
function groupsFor(service: Service, steady: Revision | undefined): string[] {
  const serving = steady === undefined ? [] : targetGroupsOf(steady);
  const isRolling = service.deploymentConfiguration.strategy === "ROLLING";
  return service.loadBalancers.map(({ targetGroupArn, advancedConfiguration }) => {
    const both = [targetGroupArn, advancedConfiguration?.alternateTargetGroupArn ?? targetGroupArn];
    const now = both.find((arn) => serving.includes(arn));
    if (now === undefined) return targetGroupArn;
    return (isRolling ? now : both.find((arn) => arn !== now)) ?? now;
  });
}

class ServiceDeployments implements Deploying {
  readonly #context: LocalContext;
  readonly #store: Store;
  readonly #emitter: EcsEventEmitter;
  readonly #inAlarm: SnapshotDeps["inAlarm"];

  constructor(context: LocalContext, store: Store, emitter: EcsEventEmitter, inAlarm: SnapshotDeps["inAlarm"]) {
    this.#context = context;
    this.#inAlarm = inAlarm;
    this.#store = store;
    this.#emitter = emitter;
  }

  begin(service: Service, sources: readonly string[]): Service {
    const store = this.#store;
    this.#supersede(service);
    // Later than any other, so that the newest is first in lists.
    const newest = store.deploymentsOf(service.arn)[0]?.createdAt ?? 0;
    const now = Math.max(this.#context.clock.now(), newest + 1);
    const revision = this.#revise(service, now);
    store.revisions.put(revision.arn, revision);
    const deployment: ServiceDeployment = {
      arn: store.arn(`service-deployment/${service.cluster}/${service.name}/${this.#context.randomHex(20)}`),
      serviceArn: service.arn,
      clusterArn: revision.clusterArn,
      startedBy: this.#startedBy(),
      status: "PENDING",
      sources: [...sources],
      target: revision.arn,
      deploymentConfiguration: service.deploymentConfiguration,
      failures: 0,
      shift: null,
      ignoresAlarms: this.#inAlarm(service.deploymentConfiguration.alarms.alarmNames).length > 0,
      triggered: [],
      tripped: false,
      rollback: null,
      createdAt: now,
      updatedAt: now,
    };
    store.deployments.put(deployment.arn, deployment);
    const changed = store.change(service, { deployment: deployment.arn, halted: false });
    forgetHistory(store, changed);
    return changed;
  }

  enter(
    service: Service,
    before: ServiceDeployment,
    status: DeploymentStatus,
    reason: string,
    triggered: readonly string[] = [],
  ): void {
    const deployment = triggered.length === 0 ? before : { ...before, triggered: [...triggered] };
    if (status === "ROLLBACK_IN_PROGRESS") this.#rollBack(service, deployment, reason);
    else if (status === "IN_PROGRESS") this.#goOn(service, deployment);
    else this.#finish(service, deployment, status, reason);
  }

  shift(deployment: ServiceDeployment, stage: LifecycleStage, step: number): void {
    const since = this.#context.clock.now();
    this.#update(deployment, { shift: { stage, step, since, hook: deployment.shift?.hook ?? null } });
  }

  shifted({ arn }: ServiceDeployment): void {
    const deployment = this.#store.deployments.get(arn);
    if (deployment?.shift) this.shift(deployment, deployment.shift.stage, deployment.shift.step);
  }

  pause(deployment: ServiceDeployment): void {
    const { shift } = deployment;
    const hook = { id: this.#context.randomHex(32), status: "AWAITING_ACTION" as const };
    if (shift !== null) this.#update(deployment, { shift: { ...shift, since: this.#context.clock.now(), hook } });
  }

  startOver(deployment: ServiceDeployment): void {
    const hook = deployment.shift?.hook ?? null;
    const since = this.#context.clock.now();
    const shift = {
      stage: "PRE_SCALE_UP",
      step: 0,
      since,
      hook: hook?.status === "AWAITING_ACTION" ? null : hook,
    } as const;
    if (deployment.shift !== null) this.#update(deployment, { shift });
  }

  unpause(deployment: ServiceDeployment, status: "SUCCEEDED" | "FAILED" | "TIMED_OUT"): boolean {
    const { shift } = deployment;
    if (deployment.status !== "IN_PROGRESS" || shift?.hook?.status !== "AWAITING_ACTION") return false;
    this.#update(deployment, { shift: { ...shift, hook: { ...shift.hook, status } } });
    return true;
  }

  count(deployment: ServiceDeployment, by: 1 | null): void {
    const next = (failures: number): number => (by === null ? 0 : failures + by);
    const { rollback } = deployment;
    if (rollback === null) this.#update(deployment, { failures: next(deployment.failures) });
    else this.#update(deployment, { rollback: { ...rollback, failures: next(rollback.failures) } });
  }

  #update(one: ServiceDeployment, changes: Partial<ServiceDeployment>): void {
    this.#store.deployments.put(one.arn, { ...one, ...changes, updatedAt: this.#context.clock.now() });
  }

  #supersede(service: Service): void {
    const unfinished = service.deployment === null ? undefined : this.#store.deployments.get(service.deployment);
    if (unfinished === undefined) return;
    const now = this.#context.clock.now();
    const statusReason = "Service deployment superseded by a newer one.";
    this.#update(unfinished, { status: "STOPPED", statusReason, stoppedAt: now, finishedAt: now });
  }

  #revise(service: Service, createdAt: number): Revision {
    const store = this.#store;
    return {
      arn: store.arn(`service-revision/${service.cluster}/${service.name}/${this.#digits()}`),
      serviceArn: service.arn,
      clusterArn: store.arn(`cluster/${service.cluster}`),
      taskDefinition: service.taskDefinition,
      loadBalancers: service.loadBalancers,
      targetGroupArns: groupsFor(service, store.revisions.get(service.steady ?? "")),
      networkConfiguration: service.networkConfiguration,
      launchType: service.launchType,
      createdAt,
    };
  }

  #goOn(service: Service, deployment: ServiceDeployment): void {
    this.#update(deployment, { status: "IN_PROGRESS", startedAt: this.#context.clock.now() });
    const running = `ECS deployment ${deployment.startedBy} in progress.`;
    this.#emitter.deploymentChanged(service, deployment, "SERVICE_DEPLOYMENT_IN_PROGRESS", running);
  }

  #rollBack(service: Service, deployment: ServiceDeployment, reason: string): void {
    const { steady } = service;
    const startedBy = this.#startedBy();
    const fallback = steady ?? "";
    const startedAt = this.#context.clock.now();
    const rollback = { reason, startedAt, serviceRevisionArn: fallback, failures: 0, startedBy };
    const tripped = reason === TRIPPED;
    this.#emitter.deploymentChanged(service, deployment, "SERVICE_DEPLOYMENT_FAILED", reason);
    this.#update(deployment, { status: "ROLLBACK_IN_PROGRESS", statusReason: reason, tripped, rollback });
    const taskDefinition = this.#store.revisions.get(fallback)?.taskDefinition ?? service.taskDefinition;
    this.#store.change(this.#store.service(service.arn), { taskDefinition });
    this.#emitter.addServiceEvent(service.arn, `rolling back to deployment ${startedBy}.`);
    const why = deployment.triggered.length > 0 ? "ECS alarm(s) detected" : "ECS deployment circuit breaker";
    const again = `${why}: rolling back to deploymentId ${startedBy}.`;
    this.#emitter.deploymentChanged(service, rollback, "SERVICE_DEPLOYMENT_IN_PROGRESS", again);
  }

  #finish(service: Service, deployment: ServiceDeployment, status: DeploymentStatus, reason: string): void {
    const now = this.#context.clock.now();
    const stopped = status === "SUCCESSFUL" ? {} : { stoppedAt: now };
    const tripped = deployment.tripped || reason === TRIPPED;
    const withReason = reason === "" ? {} : { statusReason: reason };
    this.#update(deployment, { status, tripped, finishedAt: now, ...stopped, ...withReason });
    const startedBy = deployment.rollback?.startedBy ?? deployment.startedBy;
    const failed = status === "STOPPED" || status === "ROLLBACK_FAILED";
    const steady = status === "SUCCESSFUL" ? deployment.target : service.steady;
    const halted = status === "STOPPED";
    this.#store.change(this.#store.service(service.arn), { deployment: null, steady, halted });
    this.#emitter.addServiceEvent(
      service.arn,
      `(deployment ${startedBy}) deployment ${failed ? `failed: ${reason}` : "completed."}`,
    );
    if (!failed) this.#emitter.addServiceEvent(service.arn, "has reached a steady state.");
    const name = failed ? "SERVICE_DEPLOYMENT_FAILED" : "SERVICE_DEPLOYMENT_COMPLETED";
    const completed = `ECS deployment ${startedBy} completed.`;
    this.#emitter.deploymentChanged(service, { startedBy }, name, failed ? reason : completed);
  }

  /** As AWS makes the ids of service revisions and deployments: decimal, 19 digits. */
  #digits(): string {
    return BigInt(`0x${this.#context.randomHex(15)}`)
      .toString()
      .padStart(19, "0");
  }

  #startedBy(): string {
    return `ecs-svc/${this.#digits()}`;
  }
}

/** `inAlarm`: which of these alarms are in the state `ALARM`. */
export const createDeploying = (...parts: ConstructorParameters<typeof ServiceDeployments>): Deploying =>
  new ServiceDeployments(...parts);
