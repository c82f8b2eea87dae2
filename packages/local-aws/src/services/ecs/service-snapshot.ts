import { ageOf } from "../../kernel/age.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { LocalContext } from "../../kernel/part.ts";
import type { Elb } from "../elb/elb.ts";
import type { Service, ServiceDeployment } from "./model.ts";
import { type ObservedTask, observe } from "./observe.ts";
import type { StartBackoff } from "./start-backoff.ts";
import type { Store } from "./store.ts";
import { STRATEGIES } from "./strategies.ts";
import { type Action, converge, type DeploymentView, type ShiftView } from "./strategy.ts";
import type { TaskSet } from "./task-set.ts";
import type { Traffic } from "./traffic.ts";
import { stepsOf } from "./traffic-shift.ts";

export interface SnapshotDeps {
  readonly context: LocalContext;
  readonly store: Store;
  readonly elb: Elb;
  readonly traffic: Traffic;
  /** How long a second of a health check's grace lasts. */
  readonly secondMs: number;
  /** How long a minute of a bake and of a pause lasts. */
  readonly minuteMs: number;
  /** Which of these alarms are in the state `ALARM`. */
  readonly inAlarm: (alarmNames: readonly string[]) => readonly string[];
}

/** The state of one service when it was polled, and what to do about it. */
export interface ServiceSnapshot {
  readonly service: Service;
  readonly deployment: ServiceDeployment | undefined;
  readonly seen: readonly ObservedTask[];
  readonly actions: readonly Action[];
}

type Hook = NonNullable<NonNullable<ServiceDeployment["shift"]>["hook"]>;

const PAUSES: Readonly<Record<Hook["status"], NonNullable<ShiftView["pause"]>>> = {
  AWAITING_ACTION: "paused",
  SUCCEEDED: "continue",
  FAILED: "rollback",
  TIMED_OUT: "rollback",
};

function shiftOf(service: Service, deployment: ServiceDeployment, minuteMs: number, clock: Clock): ShiftView | null {
  const { shift, deploymentConfiguration } = deployment;
  if (shift === null) return null;
  const { stage, step, since, hook } = shift;
  const unasked = deploymentConfiguration.lifecycleHooks.length > 0 ? "wanted" : null;
  const steps = stepsOf(deploymentConfiguration, service.steady === null);
  return {
    steps,
    stage,
    step,
    minutes: ageOf(clock, since) / minuteMs,
    pause: hook === null ? unasked : PAUSES[hook.status],
  };
}

function viewOf(
  { context, minuteMs, inAlarm }: SnapshotDeps,
  service: Service,
  deployment: ServiceDeployment,
): DeploymentView {
  const { status, target, rollback } = deployment;
  const breaker = deployment.deploymentConfiguration.deploymentCircuitBreaker;
  const failures = rollback?.failures ?? deployment.failures;
  const shift = shiftOf(service, deployment, minuteMs, context.clock);
  const { alarmNames, enable, rollback: goesBack } = deployment.deploymentConfiguration.alarms;
  const watched = enable && !deployment.ignoresAlarms ? alarmNames : [];
  const alarms = { inAlarm: inAlarm(watched), rollback: goesBack };
  return { status, target, fallback: service.steady, breaker, alarms, failures, shift };
}

export function snapshotOf(
  parts: SnapshotDeps,
  taskSet: TaskSet,
  backoff: StartBackoff,
  service: Service,
): ServiceSnapshot {
  const { store, elb, traffic, secondMs, context } = parts;
  const age = (instant: number): number => ageOf(context.clock, instant);
  const live = taskSet.of(service.arn);
  const seen = observe(service, live, (arn) => store.revisions.get(arn), elb.targets, { secondMs, age });
  const deployment = service.deployment === null ? undefined : store.deployments.get(service.deployment);
  const { minimumHealthyPercent, maximumPercent } = service.deploymentConfiguration;
  const target = store.revisions.get(deployment?.target ?? "");
  const observed = {
    desired: service.desiredCount,
    minimumHealthyPercent,
    maximumPercent,
    tasks: seen,
    heldBack: backoff.heldBack(context.clock.elapsed()),
    production: traffic.share(target, "production"),
    test: traffic.share(target, "test"),
  };
  const draining = seen.map(({ id }): Action => ({ type: "stop", task: id, because: "scaling" }));
  const resting = service.halted || service.steady === null ? [] : converge(service.steady, observed);
  if (service.status === "DRAINING") return { service, deployment, seen, actions: draining };
  if (deployment === undefined) return { service, deployment, seen, actions: resting };
  // A deployment keeps the configuration that it began with.
  const { strategy } = deployment.deploymentConfiguration;
  return { service, deployment, seen, actions: STRATEGIES[strategy](viewOf(parts, service, deployment), observed) };
}

/** Whether nothing is left to be done about it until something happens. */
export const settled = ({ service, deployment, seen, actions }: ServiceSnapshot): boolean =>
  actions.length === 0 &&
  deployment === undefined &&
  (service.halted || (seen.length === service.desiredCount && seen.every(({ state }) => state === "healthy")));
