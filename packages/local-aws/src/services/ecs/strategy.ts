/**
 * How a service comes to run what it should: pure functions from what is seen to what is to be done next. The scheduler sees,
 * asks and does; nothing here knows of processes, sockets or the clock.
 */
import type { ServiceDeployment } from "./model.ts";

export type DeploymentStatus =
  | "PENDING"
  | "IN_PROGRESS"
  | "STOP_REQUESTED"
  | "STOPPED"
  | "SUCCESSFUL"
  | "ROLLBACK_REQUESTED"
  | "ROLLBACK_IN_PROGRESS"
  | "ROLLBACK_SUCCESSFUL"
  | "ROLLBACK_FAILED";

/** A task that is not on its way out. `unhealthy`: its load balancer says so and its grace is over. */
export interface TaskView {
  readonly id: string;
  readonly revision: string;
  readonly state: "starting" | "healthy" | "unhealthy";
}

/** Where a deployment stands that shifts traffic. */
export type LifecycleStage = NonNullable<ServiceDeployment["shift"]>["stage"];

/** One shift of production traffic to the new service revision, and how long it bakes before the next one. */
export interface Step {
  readonly percent: number;
  readonly bakeMinutes: number;
}

export interface ShiftView {
  /** The last one is of 100 percent. */
  readonly steps: readonly Step[];
  readonly stage: LifecycleStage;
  /** Index of the step that is being made. */
  readonly step: number;
  /** Since its stage, its step or the weights changed last. */
  readonly minutes: number;
  /** Whether it is to pause before production traffic shifts, and what became of that; `null`: it need not. */
  readonly pause: "wanted" | "paused" | "continue" | "rollback" | null;
}

export interface DeploymentView {
  readonly status: DeploymentStatus;
  readonly target: string;
  /** The service revision that was last deployed with success; `null`: none ever was. */
  readonly fallback: string | null;
  readonly breaker: { readonly enable: boolean; readonly rollback: boolean };
  /** The watched alarms that are in the state `ALARM`. */
  readonly alarms: { readonly inAlarm: readonly string[]; readonly rollback: boolean };
  /** Tasks in a row that failed before one became healthy; counted anew when rolling back begins. */
  readonly failures: number;
  /** `null`: its strategy shifts no traffic, or it has not begun. */
  readonly shift: ShiftView | null;
}

export interface Observed {
  readonly desired: number;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
  readonly tasks: readonly TaskView[];
  /** Service revisions whose tasks keep failing: none is started for a while. */
  readonly heldBack: readonly string[];
  /** Percent of the traffic that the rules send to the target's group; `null`: there is no such rule. */
  readonly production: number | null;
  readonly test: number | null;
}

export type Action =
  | { readonly type: "start"; readonly revision: string; readonly count: number }
  | { readonly type: "stop"; readonly task: string; readonly because: "scaling" | "unhealthy" }
  /** Nothing else is decided until the rule has these weights. */
  | { readonly type: "set-weight"; readonly rule: "production" | "test"; readonly percent: number }
  | { readonly type: "stage"; readonly stage: LifecycleStage; readonly step: number }
  | { readonly type: "pause" }
  | {
      readonly type: "status";
      readonly status: DeploymentStatus;
      readonly reason: string;
      /** The alarms that are the reason. */
      readonly triggered?: readonly string[];
    };

/** What to do next; asked again whenever something changed. No actions: wait. */
export type Strategy = (deployment: DeploymentView, observed: Observed) => readonly Action[];

/** As AWS has it: half the desired count, at least 3, at most 200. */
export const breakerThreshold = (desired: number): number => Math.min(200, Math.max(3, Math.ceil(desired / 2)));

export const stop = (task: TaskView, because: "scaling" | "unhealthy"): Action => ({
  type: "stop",
  task: task.id,
  because,
});
export const status = (to: DeploymentStatus, reason: string): Action => ({ type: "status", status: to, reason });
export const healthy = ({ state }: TaskView): boolean => state === "healthy";

/**
 * Start, check, then stop: starts what is missing of `revision` as far as the maximum allows, and stops what is another's as far
 * as enough healthy tasks remain. No actions: the service runs what it should, or waits for tasks to become healthy.
 */
export function converge(revision: string, observed: Observed): readonly Action[] {
  const { desired, tasks } = observed;
  const minimum = Math.ceil((desired * observed.minimumHealthyPercent) / 100);
  const maximum = Math.floor((desired * observed.maximumPercent) / 100);
  const wanted = tasks.filter((task) => task.revision === revision);
  const sick = wanted.filter(({ state }) => state === "unhealthy");
  const mine = wanted.filter(({ state }) => state !== "unhealthy");
  const others = tasks.filter((task) => task.revision !== revision);
  const spare = Math.max(0, tasks.filter(healthy).length - minimum);
  const leaving = [
    ...others.filter((task) => !healthy(task)),
    ...others.filter(healthy).slice(0, spare),
    ...[...mine].sort((a, b) => Number(healthy(a)) - Number(healthy(b))).slice(0, Math.max(0, mine.length - desired)),
  ];
  const room = maximum - (mine.length + others.length - leaving.filter((task) => others.includes(task)).length);
  const count = !observed.heldBack.includes(revision) ? Math.min(desired - mine.length, room) : 0;
  return [
    ...sick.map((task) => stop(task, "unhealthy")),
    ...leaving.map((task) => stop(task, "scaling")),
    ...(count > 0 ? [{ type: "start", revision, count } as const] : []),
  ];
}

/** Whether the service runs as many healthy tasks of `revision` as it should, and nothing else. */
export function converged(revision: string, { desired, tasks }: Observed): boolean {
  return tasks.length === desired && tasks.every((task) => task.revision === revision && healthy(task));
}

export const TRIPPED = "ECS deployment circuit breaker: tasks failed to start.";

const ALARMED = "ECS deployment failed: alarm(s) detected.";

/** What an alarm does. Nothing to the first deployment of a service: there is nothing that it could go back to. */
const alarming: Strategy = ({ fallback, alarms: { inAlarm, rollback } }) => {
  if (fallback === null || inAlarm.length === 0) return [];
  return [
    { type: "status", status: rollback ? "ROLLBACK_IN_PROGRESS" : "STOPPED", reason: ALARMED, triggered: inAlarm },
  ];
};

/** What an alarm or the circuit breaker does; no actions: neither has tripped. */
export const tripping: Strategy = (deployment, observed) => {
  const alarmed = alarming(deployment, observed);
  return alarmed.length > 0 ? alarmed : breaking(deployment, observed);
};

const breaking: Strategy = ({ target, fallback, breaker, failures }, { desired, tasks }) => {
  if (!breaker.enable || failures < breakerThreshold(desired)) return [];
  if (breaker.rollback && fallback !== null) return [status("ROLLBACK_IN_PROGRESS", TRIPPED)];
  const failing = tasks.filter(({ revision, state }) => revision === target && state !== "healthy");
  return [...failing.map((task) => stop(task, "scaling")), status("STOPPED", TRIPPED)];
};

const inProgress: Strategy = (deployment, observed) => {
  const { target } = deployment;
  const tripped = tripping(deployment, observed);
  if (tripped.length > 0) return tripped;
  // Something that shifted traffic was given up on the way.
  if (observed.production !== null && observed.production < 100) {
    return [{ type: "set-weight", rule: "production", percent: 100 }];
  }
  if (converged(target, observed)) return [status("SUCCESSFUL", "Service deployment completed.")];
  return converge(target, observed);
};

export const rollingBack: Strategy = ({ target, fallback, failures }, observed) => {
  if (fallback === null) {
    const all = observed.tasks.filter(({ revision }) => revision === target);
    return [...all.map((task) => stop(task, "scaling")), status("STOPPED", "There is nothing to roll back to.")];
  }
  if (converged(fallback, observed)) return [status("ROLLBACK_SUCCESSFUL", "")];
  if (failures >= breakerThreshold(observed.desired)) {
    return [status("ROLLBACK_FAILED", "The tasks of the earlier service revision failed to start.")];
  }
  return converge(fallback, observed);
};

const nothing: Strategy = () => [];

/** By status, what is next. What has ended has nothing left to do. */
export function strategyOf(going: Strategy, goingBack: Strategy): Strategy {
  const byStatus: Readonly<Record<DeploymentStatus, Strategy>> = {
    PENDING: () => [status("IN_PROGRESS", "")],
    IN_PROGRESS: going,
    STOP_REQUESTED: () => [status("STOPPED", "Service deployment stopped by request.")],
    ROLLBACK_REQUESTED: () => [status("ROLLBACK_IN_PROGRESS", "Service deployment rolled back by request.")],
    ROLLBACK_IN_PROGRESS: goingBack,
    STOPPED: nothing,
    SUCCESSFUL: nothing,
    ROLLBACK_SUCCESSFUL: nothing,
    ROLLBACK_FAILED: nothing,
  };
  return (deployment, observed) => byStatus[deployment.status](deployment, observed);
}

/** The rolling update. */
export const rolling = strategyOf(inProgress, rollingBack);
