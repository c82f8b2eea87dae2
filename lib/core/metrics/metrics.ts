import type { OpenStage } from "../stage.ts";
import { plusSeconds } from "../time.ts";
import { type Change, changesIn } from "./change.ts";
import type { DeploymentOutcome } from "./outcome.ts";
import { type Spread, spreadOf } from "./spread.ts";

/** What a query may look back at most, and before that as far again to compare with. */
export const longestDays = 90;
/** Days for which an outcome is kept after the deployment ended: two of the longest periods, and today. */
export const keptDays = 2 * longestDays + 1;

/** Delivery over some days; docs/metrics.md defines each figure. Rates are 0 to 1, times whole seconds; `null`: there was nothing to measure. */
export interface Figures {
  /** Those that ended as success or failed, rollbacks included. */
  readonly deployments: number;
  readonly succeeded: number;
  readonly failed: number;
  /** `succeeded` of `deployments`. */
  readonly success_rate: number | null;
  /** Changes that went live, a day. */
  readonly deployment_frequency: number;
  /** Of changes that went live, from start to finish; by stage only those that entered it. */
  readonly duration: Spread & { readonly by_stage: Readonly<Record<OpenStage, Spread>> };
  /** Changes that reached the app: a build that failed is none. */
  readonly changes: number;
  /** Of these, those that failed in `deploying` or were put back by a later rollback. */
  readonly change_failures: number;
  /** `change_failures` of `changes`. */
  readonly change_failure_rate: number | null;
  /** Of change failures, until a release that works served again. */
  readonly time_to_restore: Spread;
}

export interface Metrics extends Figures {
  readonly days: number;
  /** The first and the last day, in UTC: `2025-11-14`. The last one is today and not over. */
  readonly from: string;
  readonly to: string;
  /** The same number of days before, to compare with. */
  readonly previous: Figures;
  /** One a day, oldest first. */
  readonly points: readonly (Figures & { readonly date: string })[];
}

/** The first moment that metrics over so many days look at: the beginning of the period before. */
export const lookBack = (days: number, now: string): string => `${dayBefore(now, 2 * days - 1)}T00:00:00.000Z`;

/** The metrics of the last `days` days, today included. Outcomes may come repeated, in any order, and from before {@link lookBack}. */
export function metricsOf(outcomes: readonly DeploymentOutcome[], days: number, now: string): Metrics {
  const all = new Map(outcomes.map((outcome) => [outcome.deployment_id, outcome]));
  const ended = Map.groupBy(all.values(), dayOf);
  const changes = Map.groupBy(changesIn(outcomes), ({ outcome }) => dayOf(outcome));
  const figures = (dates: readonly string[]): Figures =>
    figuresOf(
      dates.flatMap((date) => ended.get(date) ?? []),
      dates.flatMap((date) => changes.get(date) ?? []),
      dates.length,
    );
  const dates = datesBack(days, now);
  return {
    days,
    from: dayBefore(now, days - 1),
    to: dayBefore(now, 0),
    ...figures(dates),
    previous: figures(datesBack(2 * days, now).slice(0, days)),
    points: dates.map((date) => ({ date, ...figures([date]) })),
  };
}

const dayOf = ({ finished_at }: DeploymentOutcome): string => finished_at.slice(0, 10);
const dayBefore = (now: string, days: number): string => plusSeconds(now, -days * 24 * 3600).slice(0, 10);

/** So many days up to today, oldest first. */
const datesBack = (days: number, now: string): string[] =>
  Array.from({ length: days }, (_, index) => dayBefore(now, days - 1 - index));

function figuresOf(ended: readonly DeploymentOutcome[], changes: readonly Change[], days: number): Figures {
  const succeeded = ended.filter(({ stage }) => stage === "success").length;
  const live = changes.map(({ outcome }) => outcome).filter(({ stage }) => stage === "success");
  const reached = changes.filter((change) => change.reached);
  const failures = changes.filter((change) => change.failed);
  return {
    deployments: ended.length,
    succeeded,
    failed: ended.length - succeeded,
    success_rate: share(succeeded, ended.length),
    deployment_frequency: live.length / days,
    duration: { ...spreadOf(live.map(({ duration }) => duration)), by_stage: byStage(live) },
    changes: reached.length,
    change_failures: failures.length,
    change_failure_rate: share(failures.length, reached.length),
    time_to_restore: spreadOf(failures.map(({ restored_after }) => restored_after)),
  };
}

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

function byStage(live: readonly DeploymentOutcome[]): Readonly<Record<OpenStage, Spread>> {
  const spread = (stage: OpenStage) => spreadOf(live.map(({ seconds }) => seconds[stage] ?? null));
  return {
    pending: spread("pending"),
    cloning: spread("cloning"),
    building: spread("building"),
    awaiting_approval: spread("awaiting_approval"),
    deploying: spread("deploying"),
  };
}
