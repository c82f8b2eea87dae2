import type { LocalContext } from "../../kernel/part.ts";
import type { Collection } from "../../kernel/state.ts";
import type { CloudWatch } from "../cloudwatch/cloudwatch.ts";
import { parseExpression } from "../cloudwatch/expression.ts";
import type { Capacity } from "../ecs/capacity.ts";
import { idsOf, type Policy, type Query, type ScalableTarget } from "./model.ts";
import { afterMinute, NO_STREAKS, type Streaks, wantedFor } from "./tracking.ts";

/** Something that was scaled, or could not be. */
export interface Activity {
  readonly id: string;
  readonly resourceId: string;
  readonly description: string;
  readonly cause: string;
  readonly at: number;
}

export interface LoopDeps {
  readonly context: LocalContext;
  readonly targets: Collection<ScalableTarget>;
  readonly capacity: Capacity;
  readonly lastMinute: CloudWatch["lastMinute"];
  readonly minuteMs: number;
}

/** As many as one call of DescribeScalingActivities answers. */
const KEPT_ACTIVITIES = 50;

/** Judges every policy once a minute, and has services run as many tasks as that asks for. */
export class ScalingLoop {
  readonly #deps: LoopDeps;
  readonly #streaks = new Map<string, Streaks>();
  /** When a service got more or fewer tasks last, by the monotonic clock. */
  readonly #scaled = new Map<string, { readonly out: number; readonly in: number }>();
  readonly activities: Activity[] = [];
  #cancel: (() => void) | null = null;

  constructor(deps: LoopDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#cancel = this.#deps.context.clock.after(this.#deps.minuteMs, () => {
      for (const target of this.#deps.targets.all()) this.#judge(target);
      this.start();
    });
  }

  stop(): void {
    this.#cancel?.();
  }

  /** What lies out of its new bounds is brought back at once. */
  bound({ resourceId, min, max }: ScalableTarget): void {
    const now = this.#deps.capacity.of(resourceId);
    if (now === undefined) return;
    const within = Math.min(max, Math.max(min, now.desired));
    this.#set(resourceId, within, "minimum or maximum capacity was changed");
  }

  forget(resourceId: string): void {
    for (const key of this.#streaks.keys()) if (key.startsWith(`${resourceId} `)) this.#streaks.delete(key);
    this.#scaled.delete(resourceId);
  }

  #judge(target: ScalableTarget): void {
    const now = this.#deps.capacity.of(target.resourceId);
    if (now === undefined) return;
    // Of several policies the one that wants the most.
    const wanted = target.policies.map((policy) => ({ policy, count: this.#wantedBy(policy, target, now.desired) }));
    const [most] = wanted.toSorted((one, other) => other.count - one.count);
    if (most === undefined) {
      this.bound(target);
      return;
    }
    const { policy, count } = most;
    if (count < now.desired && (policy.tracking.DisableScaleIn || now.isDeploying)) return;
    if (!this.#isCool(target.resourceId, count > now.desired ? "out" : "in", policy)) return;
    this.#set(target.resourceId, count, `policy ${policy.name} keeps its figure at ${policy.tracking.TargetValue}`);
  }

  #wantedBy(policy: Policy, target: ScalableTarget, now: number): number {
    const key = `${target.resourceId} ${policy.name}`;
    const { TargetValue } = policy.tracking;
    const value = this.#valueOf(policy, target);
    const streaks = afterMinute(this.#streaks.get(key) ?? NO_STREAKS, value, TargetValue);
    this.#streaks.set(key, streaks);
    return wantedFor({ streaks, value, target: TargetValue }, now, target);
  }

  #valueOf({ tracking }: Policy, { resourceId }: ScalableTarget): number | undefined {
    const custom = tracking.CustomizedMetricSpecification?.Metrics;
    if (custom !== undefined) return this.#evaluate(custom);
    const [, ClusterName = "", ServiceName = ""] = resourceId.split("/");
    const dimensions = { ClusterName, ServiceName };
    return this.#deps.lastMinute({ namespace: "AWS/ECS", name: "CPUUtilization", dimensions }, "Average");
  }

  #evaluate(metrics: readonly Query[]): number | undefined {
    const returned = metrics.find(({ ReturnData }) => ReturnData);
    return parseExpression(
      returned?.Expression ?? "",
      idsOf(metrics),
    )((id) => {
      const found = metrics.find(({ Id }) => Id === id)?.MetricStat;
      if (found === undefined) return undefined;
      const { Namespace: namespace, MetricName: name, Dimensions } = found.Metric;
      const dimensions = Object.fromEntries(Dimensions.map((one) => [one.Name, one.Value]));
      return this.#deps.lastMinute({ namespace, name, dimensions }, found.Stat);
    });
  }

  #isCool(resourceId: string, direction: "out" | "in", { tracking }: Policy): boolean {
    const last = this.#scaled.get(resourceId)?.[direction] ?? Number.NEGATIVE_INFINITY;
    const seconds = direction === "out" ? tracking.ScaleOutCooldown : tracking.ScaleInCooldown;
    return this.#deps.context.clock.elapsed() - last >= (seconds / 60) * this.#deps.minuteMs;
  }

  #set(resourceId: string, count: number, cause: string): void {
    const { capacity, context } = this.#deps;
    const before = capacity.of(resourceId)?.desired;
    if (before === undefined || before === count) return;
    capacity.set(resourceId, count);
    const now = context.clock.elapsed();
    const never = Number.NEGATIVE_INFINITY;
    const last = this.#scaled.get(resourceId) ?? { out: never, in: never };
    this.#scaled.set(resourceId, { out: count > before ? now : last.out, in: now });
    for (const key of this.#streaks.keys()) if (key.startsWith(`${resourceId} `)) this.#streaks.set(key, NO_STREAKS);
    const description = `Setting desired count to ${count}.`;
    this.activities.unshift({ id: context.randomHex(32), resourceId, description, cause, at: context.clock.now() });
    this.activities.splice(KEPT_ACTIVITIES);
    context.log("autoscaling", { level: "INFO", message: `${resourceId}: ${description}`, before, cause });
  }
}
