import type { Health } from "../elb/health.ts";
import type { Targets } from "../elb/targets.ts";
import { type Revision, type Service, targetGroupsOf } from "./model.ts";
import type { TaskView } from "./strategy.ts";
import type { LiveTask } from "./task-set.ts";

/** How a task is seen by the load balancers of its revision; `healthy` where there are none. */
function healthInGroups({ task }: LiveTask, revision: Revision, targets: Targets): readonly (Health | undefined)[] {
  return targetGroupsOf(revision).map((arn) => targets.of(arn).find(({ port }) => port === task.port)?.health);
}

export interface ObservedTask extends TaskView {
  /** Why it is unhealthy, in the load balancer's words. */
  readonly reason?: string;
  readonly targetGroupArn?: string;
}

export interface Pace {
  /** How long a second of a grace lasts. */
  readonly secondMs: number;
  /** How long ago an instant is, in milliseconds. */
  readonly age: (instant: number) => number;
}

/** What the scheduler sees of a running service: its tasks that are not on their way out, and how they are. */
export function observe(
  service: Service,
  live: readonly LiveTask[],
  revisionOf: (arn: string) => Revision | undefined,
  targets: Targets,
  { secondMs, age }: Pace,
): ObservedTask[] {
  return live
    .filter(({ leaving }) => !leaving)
    .map((one): ObservedTask => {
      const { id, revision: arn, startedAt, lastStatus } = one.task;
      const starting = { id, revision: arn, state: "starting" } as const;
      const revision = revisionOf(arn);
      if (lastStatus !== "RUNNING" || startedAt === undefined || revision === undefined) return starting;
      const groups = healthInGroups(one, revision, targets);
      // Without anyone who checks, a task that has run for a moment is as healthy as it will ever be known to be.
      if (groups.length === 0) return age(startedAt) < secondMs ? starting : { ...starting, state: "healthy" };
      if (groups.every((health) => health?.state === "healthy")) return { ...starting, state: "healthy" };
      const index = groups.findIndex((health) => health?.state === "unhealthy");
      const graceOver = age(startedAt) >= service.healthCheckGracePeriodSeconds * secondMs;
      if (index < 0 || !graceOver) return starting;
      const targetGroupArn = targetGroupsOf(revision)[index] ?? "";
      const reason = groups[index]?.description ?? "Health checks failed";
      return { ...starting, state: "unhealthy", reason, targetGroupArn };
    });
}
