import type { AppUsage, UsageMarker, UsageSeries } from "./types.ts";

/** What was measured in one period, or in several of them. `null`: nothing was. */
export interface UsageRow {
  /** When it begins, in milliseconds since the epoch. */
  readonly at: number;
  readonly requests: number | null;
  readonly errors_4xx: number | null;
  readonly errors_5xx: number | null;
  readonly connection_errors: number | null;
  readonly unhealthy_tasks: number | null;
  /** The release with the most requests, and in milliseconds how long it took. */
  readonly release: number | null;
  readonly latency_p50: number | null;
  readonly latency_p95: number | null;
  readonly latency_p99: number | null;
  /** While traffic shifts, the other release. */
  readonly other_release: number | null;
  readonly other_latency_p95: number | null;
  /** By process. */
  readonly processes: Readonly<Record<string, ProcessRow>>;
}

interface ProcessRow {
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly tasks: number | null;
  readonly restarts: number | null;
}

type Metric = UsageSeries["metric"];

/** The series of an app, by time: one row for each period, the oldest first. */
export function usageRows({ from, to, period_seconds, series }: AppUsage): readonly UsageRow[] {
  const length = period_seconds * 1000;
  const start = Date.parse(from);
  const valueAt = (at: number, one: UsageSeries | undefined): number | null =>
    one?.values[Math.round((at - Date.parse(one.from)) / length)] ?? null;
  const keyOf = (metric: Metric, release: number | null, process: string) => `${metric} ${release} ${process}`;
  const all = new Map(series.map((one) => [keyOf(one.metric, one.deployment_id, one.process), one]));
  /** The process that answers requests has all but what is measured of tasks. */
  const find = (metric: Metric, release: number | null, process = "web") => all.get(keyOf(metric, release, process));
  const releases = [...new Set(series.flatMap(({ deployment_id }) => deployment_id ?? []))];
  const processes = [...new Set(series.filter(({ metric }) => metric === "tasks").map(({ process }) => process))];
  return Array.from({ length: Math.round((Date.parse(to) - start) / length) }, (_, index) => {
    const at = start + index * length;
    const total = (metric: Metric) => valueAt(at, find(metric, null));
    const of = (metric: Metric, release: number | null) =>
      release === null ? null : valueAt(at, find(metric, release));
    const served = releases
      .map((id) => ({ id, requests: of("requests", id) }))
      .filter(({ requests }) => requests !== null)
      .toSorted((one, other) => (other.requests ?? 0) - (one.requests ?? 0));
    const [release, other_release] = [served[0]?.id ?? null, served[1]?.id ?? null];
    const ofProcess = (process: string): ProcessRow => ({
      cpu: valueAt(at, find("cpu", null, process)),
      memory: valueAt(at, find("memory", null, process)),
      tasks: valueAt(at, find("tasks", null, process)),
      restarts: valueAt(at, find("restarts", null, process)),
    });
    return {
      at,
      requests: total("requests"),
      errors_4xx: total("errors_4xx"),
      errors_5xx: total("errors_5xx"),
      connection_errors: total("connection_errors"),
      unhealthy_tasks: total("unhealthy_tasks"),
      release,
      latency_p50: of("latency_p50", release),
      latency_p95: of("latency_p95", release),
      latency_p99: of("latency_p99", release),
      other_release,
      other_latency_p95: of("latency_p95", other_release),
      processes: Object.fromEntries(processes.map((process) => [process, ofProcess(process)])),
    };
  });
}

/** Several rows as one: counts are added, of everything else there is the highest, since percentiles cannot be combined. */
export function combinedRow(rows: readonly UsageRow[]): UsageRow | null {
  const [first] = rows;
  if (first === undefined) return null;
  const known = (of: (row: UsageRow) => number | null): number[] => rows.flatMap((row) => of(row) ?? []);
  const sum = (of: (row: UsageRow) => number | null): number | null =>
    known(of).length === 0 ? null : known(of).reduce((total, value) => total + value, 0);
  const most = (of: (row: UsageRow) => number | null): number | null =>
    known(of).length === 0 ? null : Math.max(...known(of));
  return {
    at: first.at,
    requests: sum(({ requests }) => requests),
    errors_4xx: sum(({ errors_4xx }) => errors_4xx),
    errors_5xx: sum(({ errors_5xx }) => errors_5xx),
    connection_errors: sum(({ connection_errors }) => connection_errors),
    unhealthy_tasks: most(({ unhealthy_tasks }) => unhealthy_tasks),
    release: rows.findLast(({ release }) => release !== null)?.release ?? null,
    latency_p50: most(({ latency_p50 }) => latency_p50),
    latency_p95: most(({ latency_p95 }) => latency_p95),
    latency_p99: most(({ latency_p99 }) => latency_p99),
    other_release: rows.findLast(({ other_release }) => other_release !== null)?.other_release ?? null,
    other_latency_p95: most(({ other_latency_p95 }) => other_latency_p95),
    processes: Object.fromEntries(
      Object.keys(first.processes).map((process) => [
        process,
        {
          cpu: most(({ processes }) => processes[process]?.cpu ?? null),
          memory: most(({ processes }) => processes[process]?.memory ?? null),
          tasks: most(({ processes }) => processes[process]?.tasks ?? null),
          restarts: sum(({ processes }) => processes[process]?.restarts ?? null),
        },
      ]),
    ),
  };
}

/** What a marker says, in a few words: "#12 succeeded", "Alarm: errors". */
export function markerWords({ kind, deployment_id, stage, rolled_back, alarm }: UsageMarker): string {
  if (kind === "alarm") return `Alarm: ${alarm}`;
  const what =
    stage === "success"
      ? "succeeded"
      : rolled_back
        ? "failed and was rolled back"
        : stage === "deploying"
          ? "is being released"
          : (stage ?? "");
  return `#${deployment_id} ${what}`;
}
