import type { ListedDeployment } from "../deployment/deployment.ts";
import type { GroupReading, Reading } from "./reading.ts";

/** When a deployment was being released, in milliseconds since the epoch. */
export interface ReleaseWindow {
  readonly id: number;
  readonly begin: number;
  /** `null`: it still is. */
  readonly end: number | null;
  readonly succeeded: boolean;
}

type Row = Pick<ListedDeployment, "id" | "stage" | "finished_at" | "timeline">;

/** Of deployments that came as far as to be released, the earliest first. */
export function releaseWindows(rows: readonly Row[]): readonly ReleaseWindow[] {
  return rows
    .flatMap(({ id, stage, finished_at, timeline }) => {
      const entered = timeline.find((entry) => entry.stage === "deploying");
      if (entered === undefined) return [];
      const end = finished_at === null ? null : Date.parse(finished_at);
      return [{ id, begin: Date.parse(entered.entered_at), end, succeeded: stage === "success" }];
    })
    .toSorted((one, other) => one.begin - other.begin);
}

/** The release that was live at a time; `null`: none, or it is not among these. */
export const liveAt = (windows: readonly ReleaseWindow[], time: number): ReleaseWindow | null =>
  windows.findLast(({ end, succeeded }) => succeeded && end !== null && end <= time) ?? null;

/** Which release a target group's values of a period are of; `null`: not known. */
export type OwnerOf = (group: number, period: number) => number | null;

/**
 * Tells by which group was in use when. CloudWatch does not know releases, only target groups: a release that shifts traffic
 * has the group that the one before has not, a rolling one shares it. What a shared group measured during a rolling release
 * is of both versions, and is given to the new one.
 */
export function ownersIn(
  { from, period_seconds, groups, periods }: Reading,
  windows: readonly ReleaseWindow[],
): OwnerOf {
  const start = Date.parse(from);
  const length = period_seconds * 1000;
  const periodOf = (time: number): number => Math.floor((time - start) / length);
  const formerGroups = new Map(windows.map((one) => [one.id, lastInUse(groups, periodOf(one.begin))]));

  const inWindow = (group: number, one: ReleaseWindow): number => {
    const before = liveAt(windows, one.begin);
    if (before === null || formerGroups.get(one.id) !== group) return one.id;
    const last = one.end === null ? periods - 1 : Math.min(periods - 1, periodOf(one.end));
    const isShift = groups.some((other, index) => index !== group && isUsed(other, periodOf(one.begin), last));
    return isShift ? before.id : one.id;
  };

  return (group, period) => {
    const [begin, end] = [start + period * length, start + (period + 1) * length];
    const during = windows.findLast((one) => one.begin < end && (one.end === null || one.end > begin));
    return during === undefined ? (liveAt(windows, begin)?.id ?? null) : inWindow(group, during);
  };
}

/** The load balancer counts unhealthy targets of every group that has targets. */
const isIn = ({ requests, unhealthy_tasks }: GroupReading, period: number): boolean =>
  (requests[period] ?? unhealthy_tasks[period] ?? null) !== null;

const isUsed = (group: GroupReading, first: number, last: number): boolean => {
  for (let period = Math.max(0, first); period <= last; period += 1) if (isIn(group, period)) return true;
  return false;
};

/** The group that was in use last before a period; that with the most requests where several were. */
function lastInUse(groups: readonly GroupReading[], before: number): number | null {
  for (let period = before - 1; period >= 0; period -= 1) {
    const used = groups.flatMap((group, index) => (isIn(group, period) ? [index] : []));
    const [most] = used.toSorted((a, b) => (groups[b]?.requests[period] ?? -1) - (groups[a]?.requests[period] ?? -1));
    if (most !== undefined) return most;
  }
  return null;
}
