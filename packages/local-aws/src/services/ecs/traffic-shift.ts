import type { Service } from "./model.ts";
import {
  type Action,
  breakerThreshold,
  converge,
  converged,
  type DeploymentView,
  healthy,
  type LifecycleStage,
  type Observed,
  rollingBack,
  type ShiftView,
  type Step,
  type Strategy,
  status,
  stop,
  strategyOf,
  tripping,
} from "./strategy.ts";

/**
 * The strategies that start a second set of tasks beside the first and shift traffic to it: blue-green at once, linear and canary
 * step by step. They differ in their steps only.
 */

type Configuration = Service["deploymentConfiguration"];

const STEPS: Readonly<Record<Configuration["strategy"], (configuration: Configuration) => readonly Step[]>> = {
  ROLLING: () => [],
  BLUE_GREEN: () => [],
  LINEAR: ({ linearConfiguration: { stepPercent, stepBakeTimeInMinutes } }) =>
    Array.from({ length: Math.ceil(100 / stepPercent) - 1 }, (_, index) => ({
      percent: stepPercent * (index + 1),
      bakeMinutes: stepBakeTimeInMinutes,
    })),
  CANARY: ({ canaryConfiguration: { canaryPercent, canaryBakeTimeInMinutes } }) =>
    canaryPercent === 100 ? [] : [{ percent: canaryPercent, bakeMinutes: canaryBakeTimeInMinutes }],
};

/** The shifts of a deployment. Where nothing served before there is nobody to spare: all at once, and no bake. */
export function stepsOf(configuration: Configuration, isFirst: boolean): readonly Step[] {
  if (isFirst) return [{ percent: 100, bakeMinutes: 0 }];
  const before = STEPS[configuration.strategy](configuration);
  return [...before, { percent: 100, bakeMinutes: configuration.bakeTimeInMinutes }];
}

type Stage = (deployment: DeploymentView, observed: Observed, shift: ShiftView) => readonly Action[];

const stage = (to: LifecycleStage, step = 0): readonly Action[] => [{ type: "stage", stage: to, step }];
const setWeight = (rule: "production" | "test", percent: number): readonly Action[] => [
  { type: "set-weight", rule, percent },
];

const of = (revision: string, { tasks }: Observed) => tasks.filter((task) => task.revision === revision);

/** Has as many tasks of a service revision run as are desired, whatever else runs. */
function keep(revision: string | null, observed: Observed): readonly Action[] {
  if (revision === null) return [];
  const beside = { ...observed, minimumHealthyPercent: 100, maximumPercent: 200, tasks: of(revision, observed) };
  return converge(revision, beside);
}

/** Both the new tasks and the old ones, which stay until the bake is over. */
const keepBoth = ({ fallback, target }: DeploymentView, observed: Observed): readonly Action[] => [
  ...keep(fallback, observed),
  ...keep(target, observed),
];

/** What an earlier deployment left behind goes first: its weights, then its tasks. */
const reconcile: Stage = ({ target, fallback }, observed) => {
  if (observed.production !== null && observed.production > 0) return setWeight("production", 0);
  const strays = observed.tasks.filter(({ revision }) => revision !== target && revision !== fallback);
  return [...strays.map((task) => stop(task, "scaling")), ...stage("SCALE_UP")];
};

const scaleUp: Stage = (deployment, observed) => {
  const ready = of(deployment.target, observed).filter(healthy).length >= observed.desired;
  return ready ? stage("TEST_TRAFFIC_SHIFT") : keepBoth(deployment, observed);
};

const shiftTestTraffic: Stage = (_deployment, { test }) =>
  test !== null && test < 100 ? setWeight("test", 100) : stage("POST_TEST_TRAFFIC_SHIFT");

const pause: Stage = (deployment, observed, shift) => {
  if (shift.pause === "wanted") return [{ type: "pause" }];
  if (shift.pause === "rollback") return [status("ROLLBACK_IN_PROGRESS", "Rolled back by a lifecycle hook.")];
  return shift.pause === "paused" ? keepBoth(deployment, observed) : stage("PRODUCTION_TRAFFIC_SHIFT");
};

const shiftTraffic: Stage = (deployment, observed, { steps, step, minutes }) => {
  const { percent = 100, bakeMinutes = 0 } = steps[step] ?? {};
  if (observed.production !== null && observed.production !== percent) return setWeight("production", percent);
  if (step + 1 >= steps.length) return stage("BAKE_TIME", step);
  return minutes >= bakeMinutes ? stage("PRODUCTION_TRAFFIC_SHIFT", step + 1) : keepBoth(deployment, observed);
};

const bake: Stage = (deployment, observed, { steps, step, minutes }) =>
  minutes >= (steps[step]?.bakeMinutes ?? 0) ? stage("CLEAN_UP", step) : keepBoth(deployment, observed);

const cleanUp: Stage = ({ target }, observed) =>
  converged(target, observed)
    ? [status("SUCCESSFUL", "Service deployment completed.")]
    : converge(target, { ...observed, minimumHealthyPercent: 100, maximumPercent: 200 });

const STAGES: Readonly<Record<LifecycleStage, Stage>> = {
  PRE_SCALE_UP: reconcile,
  SCALE_UP: scaleUp,
  TEST_TRAFFIC_SHIFT: shiftTestTraffic,
  POST_TEST_TRAFFIC_SHIFT: pause,
  PRODUCTION_TRAFFIC_SHIFT: shiftTraffic,
  BAKE_TIME: bake,
  CLEAN_UP: cleanUp,
};

const going: Strategy = (deployment, observed) => {
  const tripped = tripping(deployment, observed);
  if (tripped.length > 0) return tripped;
  const { shift } = deployment;
  return shift === null ? stage("PRE_SCALE_UP") : STAGES[shift.stage](deployment, observed, shift);
};

/** The weights go back first, as soon as anybody is there to answer; only then are the new tasks stopped. */
const goingBack: Strategy = (deployment, observed) => {
  const { fallback, failures } = deployment;
  const { production, test, desired } = observed;
  if (fallback !== null && production !== null && production > 0) {
    if (of(fallback, observed).some(healthy)) return setWeight("production", 0);
    return failures >= breakerThreshold(desired) ? rollingBack(deployment, observed) : keep(fallback, observed);
  }
  if (fallback !== null && test !== null && test > 0) return setWeight("test", 0);
  return rollingBack(deployment, { ...observed, minimumHealthyPercent: 100, maximumPercent: 200 });
};

export const shifting = strategyOf(going, goingBack);
