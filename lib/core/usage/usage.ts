import { webProcess } from "../app.ts";
import type { ListedDeployment } from "../deployment/deployment.ts";
import { toTimestamp } from "../time.ts";
import {
  type AlarmChange,
  type GroupReading,
  lateSeconds,
  type Reading,
  type Restart,
  type Values,
} from "./reading.ts";
import { liveAt, ownersIn, type ReleaseWindow, releaseWindows } from "./releases.ts";

/** What is shown, with its unit. */
export const usageMetrics = {
  requests: "count",
  errors_4xx: "count",
  errors_5xx: "count",
  connection_errors: "count",
  unhealthy_tasks: "tasks",
  latency_p50: "ms",
  latency_p95: "ms",
  latency_p99: "ms",
  cpu: "percent",
  memory: "percent",
  tasks: "tasks",
  restarts: "count",
} as const;
export type UsageMetric = keyof typeof usageMetrics;

/** Values of one metric, one a period. */
interface Series {
  readonly metric: UsageMetric;
  readonly unit: (typeof usageMetrics)[UsageMetric];
  readonly process: string;
  /** `null`: of all releases. */
  readonly deployment_id: number | null;
  /** When the period of the first value begins. */
  readonly from: string;
  readonly values: Values;
}

/** Something that happened: a release, or an alarm that went off. */
interface Marker {
  readonly kind: "deployment" | "alarm";
  readonly at: string;
  /** `null`: it is not over. */
  readonly until: string | null;
  readonly deployment_id: number | null;
  /** Of a deployment. */
  readonly stage: ListedDeployment["stage"] | null;
  readonly rolled_back: boolean | null;
  /** Of an alarm. */
  readonly alarm: AlarmChange["alarm"] | null;
  readonly text: string;
}

interface Usage {
  readonly period_seconds: number;
  readonly from: string;
  readonly to: string;
  /** Later values may still change. */
  readonly complete_until: string;
  readonly series: readonly Series[];
  readonly markers: readonly Marker[];
}

/** What is counted for an app as a whole, and how the counts of target groups add up. */
const totals = ["requests", "errors_4xx", "errors_5xx", "connection_errors", "unhealthy_tasks"] as const;
/** What is shown of each release. Percentiles of two target groups cannot be combined. */
const ofReleases = ["requests", "errors_4xx", "errors_5xx", "latency_p50", "latency_p95", "latency_p99"] as const;

/** What there is to know of the part of a reading that begins at `from`. */
export function usageOf(
  whole: Reading,
  from: number,
  deployments: readonly ListedDeployment[],
  restarts: readonly Restart[],
): Usage {
  const windows = releaseWindows(deployments);
  const { period_seconds } = whole;
  const length = period_seconds * 1000;
  const skipped = Math.max(0, Math.floor((from - Date.parse(whole.from)) / length));
  const start = Date.parse(whole.from) + skipped * length;
  const end = Date.parse(whole.from) + whole.periods * length;
  const shape: Shape = { start, length, periods: whole.periods - skipped };
  const late = Date.parse(whole.read_at) - lateSeconds * 1000;
  const groups = whole.groups.map((group) => withZeros(group));
  const cut = groups.map((group) => cutGroup(group, skipped));
  const owner = ownersIn({ ...whole, groups }, windows);
  return {
    period_seconds,
    from: toTimestamp(start),
    to: toTimestamp(end),
    complete_until: toTimestamp(Math.min(end, Math.max(start, Math.floor(late / length) * length))),
    series: [
      ...totals.map((metric) => seriesOf(metric, webProcess, null, shape.start, added(cut, metric, shape.periods))),
      ...releaseSeries(cut, (group, period) => owner(group, period + skipped), shape),
      ...Object.entries(whole.processes).flatMap(([process, { cpu, memory, tasks }]) => [
        seriesOf("cpu", process, null, start, cpu.slice(skipped)),
        seriesOf("memory", process, null, start, memory.slice(skipped)),
        seriesOf("tasks", process, null, start, tasks.slice(skipped)),
        seriesOf("restarts", process, null, start, restartsIn(restarts, process, shape)),
      ]),
    ],
    markers: [
      ...deploymentMarkers(deployments, windows, start),
      ...alarmMarkers(whole.alarms, windows, start),
    ].toSorted((one, other) => one.at.localeCompare(other.at)),
  };
}

interface Shape {
  /** Milliseconds since the epoch. */
  readonly start: number;
  /** Of a period, in milliseconds. */
  readonly length: number;
  readonly periods: number;
}

/** CloudWatch has no value where it counted none: with requests that is 0, without any it is nothing. */
export function withZeros(group: GroupReading): GroupReading {
  const filled = (values: Values): Values =>
    values.map((value, at) => value ?? ((group.requests[at] ?? null) === null ? null : 0));
  return {
    ...group,
    errors_4xx: filled(group.errors_4xx),
    errors_5xx: filled(group.errors_5xx),
    connection_errors: filled(group.connection_errors),
  };
}

const cutGroup = (group: GroupReading, skipped: number): GroupReading => ({
  requests: group.requests.slice(skipped),
  errors_4xx: group.errors_4xx.slice(skipped),
  errors_5xx: group.errors_5xx.slice(skipped),
  connection_errors: group.connection_errors.slice(skipped),
  unhealthy_tasks: group.unhealthy_tasks.slice(skipped),
  latency_p50: group.latency_p50.slice(skipped),
  latency_p95: group.latency_p95.slice(skipped),
  latency_p99: group.latency_p99.slice(skipped),
});

function seriesOf(
  metric: UsageMetric,
  process: string,
  deployment_id: number | null,
  from: number,
  values: Values,
): Series {
  return { metric, unit: usageMetrics[metric], process, deployment_id, from: toTimestamp(from), values };
}

const added = (groups: readonly GroupReading[], metric: (typeof totals)[number], periods: number): Values =>
  Array.from({ length: periods }, (_, at) => {
    const known = groups.flatMap((group) => group[metric][at] ?? []);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
  });

/** Each release's values from the first period to the last in which it had some. */
function releaseSeries(
  groups: readonly GroupReading[],
  owner: (group: number, period: number) => number | null,
  { start, length, periods }: Shape,
): Series[] {
  /** Of which groups a release has values, by period. */
  const spans = new Map<number, Map<number, GroupReading>>();
  for (const [index, group] of groups.entries()) {
    for (let at = 0; at < periods; at += 1) {
      const id = (group.requests[at] ?? null) === null ? null : owner(index, at);
      if (id === null) continue;
      const known = spans.get(id) ?? new Map<number, GroupReading>();
      const other = known.get(at);
      spans.set(id, known);
      if (other === undefined || (other.requests[at] ?? 0) < (group.requests[at] ?? 0)) known.set(at, group);
    }
  }
  return [...spans].flatMap(([id, known]) => {
    const [first, last] = [Math.min(...known.keys()), Math.max(...known.keys())];
    return ofReleases.map((metric) => {
      const values = Array.from(
        { length: last - first + 1 },
        (_, at) => known.get(first + at)?.[metric][first + at] ?? null,
      );
      return seriesOf(metric, webProcess, id, start + first * length, values);
    });
  });
}

function restartsIn(restarts: readonly Restart[], process: string, { start, length, periods }: Shape): Values {
  const counts = Array.from({ length: periods }, () => 0);
  for (const restart of restarts) {
    const at = Math.floor((Date.parse(restart.stopped_at) - start) / length);
    if (restart.process === process && at >= 0 && at < periods) counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

function deploymentMarkers(
  deployments: readonly ListedDeployment[],
  windows: readonly ReleaseWindow[],
  start: number,
): Marker[] {
  const rows = new Map(deployments.map((row) => [row.id, row]));
  return windows.flatMap(({ id, begin, end }) => {
    const row = rows.get(id);
    if (row === undefined || (end ?? Number.POSITIVE_INFINITY) < start) return [];
    return [
      {
        kind: "deployment" as const,
        at: toTimestamp(begin),
        until: row.finished_at,
        deployment_id: id,
        stage: row.stage,
        rolled_back: row.rolled_back,
        alarm: null,
        text: row.error_message ?? row.message,
      },
    ];
  });
}

/** From when each went off until it was silent again. */
function alarmMarkers(changes: readonly AlarmChange[], windows: readonly ReleaseWindow[], start: number): Marker[] {
  const sorted = changes.toSorted((one, other) => one.at.localeCompare(other.at));
  return sorted.flatMap(({ at, alarm, state, reason }, index) => {
    if (state !== "alarm") return [];
    const until = sorted.slice(index + 1).find((later) => later.alarm === alarm)?.at ?? null;
    if (Date.parse(until ?? "9999-12-31T00:00:00Z") < start) return [];
    const time = Date.parse(at);
    const during = windows.findLast((one) => one.begin <= time && (one.end === null || one.end >= time));
    const deployment_id = (during ?? liveAt(windows, time))?.id ?? null;
    return [{ kind: "alarm" as const, at, until, deployment_id, stage: null, rolled_back: null, alarm, text: reason }];
  });
}
