import type { ListedDeployment } from "../deployment/deployment.ts";
import { toTimestamp } from "../time.ts";
import type { Reading, Restart, Values } from "./reading.ts";
import { liveAt, type OwnerOf, ownersIn, type ReleaseWindow, releaseWindows } from "./releases.ts";
import { withZeros } from "./usage.ts";

/** So many minutes before and after a release are compared. */
const comparedMinutes = 30;
const minute = 60_000;

/** What a release was like in some minutes. */
interface ReleaseUsage {
  readonly deployment_id: number;
  readonly from: string;
  readonly to: string;
  /** `null`: no traffic, as in everything that is made of it. */
  readonly requests: number | null;
  readonly requests_per_minute: number | null;
  readonly errors_4xx: number | null;
  readonly errors_5xx: number | null;
  /** 5xx by requests, 0 to 1. */
  readonly error_rate: number | null;
  /** Of half of the minutes at most this, in milliseconds: percentiles of several minutes cannot be combined. */
  readonly latency_p50: number | null;
  readonly latency_p95: number | null;
  readonly latency_p99: number | null;
  /** By process: percent, on average, and tasks that stopped unexpectedly. */
  readonly processes: Readonly<Record<string, ProcessUsage>>;
}

interface ProcessUsage {
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly restarts: number;
}

interface Comparison {
  readonly before: ReleaseUsage | null;
  readonly after: ReleaseUsage | null;
}

interface Span {
  readonly id: number;
  /** Milliseconds since the epoch, at the beginning of minutes. */
  readonly from: number;
  readonly to: number;
}

/** Which minutes of which releases are compared for a deployment; `null`: it was never released. */
export function comparedSpans(
  deployments: readonly ListedDeployment[],
  id: number,
  now: number,
): { readonly before: Span | null; readonly after: Span } | null {
  const windows = releaseWindows(deployments);
  const own = windows.find((one) => one.id === id);
  if (own === undefined) return null;
  const former = liveAt(windows, own.begin);
  const begin = Math.floor(own.begin / minute) * minute;
  const before = former === null ? null : { id: former.id, from: begin - comparedMinutes * minute, to: begin };
  return { before, after: { id, ...afterOf(windows, own, now) } };
}

/** Of a release that came to be live, the time after it was; of one that did not, the time until it was taken back. */
function afterOf(windows: readonly ReleaseWindow[], own: ReleaseWindow, now: number): Omit<Span, "id"> {
  const next = windows.find(({ begin }) => begin > own.begin)?.begin ?? Number.POSITIVE_INFINITY;
  const wasLive = own.succeeded && own.end !== null;
  const from = Math.ceil((wasLive ? own.end : own.begin) / minute) * minute;
  const end = wasLive ? Math.min(from + comparedMinutes * minute, next) : (own.end ?? now);
  return { from, to: Math.max(from + minute, Math.ceil(end / minute) * minute) };
}

/** What the reading of both spans says. */
export function comparisonOf(
  reading: Reading,
  deployments: readonly ListedDeployment[],
  restarts: readonly Restart[],
  spans: NonNullable<ReturnType<typeof comparedSpans>>,
): Comparison {
  const filled = { ...reading, groups: reading.groups.map(withZeros) };
  const owner = ownersIn(filled, releaseWindows(deployments));
  const { before, after } = spans;
  return {
    before: before === null ? null : usageIn(filled, before, owner, restarts),
    after: usageIn(filled, after, owner, restarts),
  };
}

function usageIn(reading: Reading, { id, from, to }: Span, owner: OwnerOf, restarts: readonly Restart[]): ReleaseUsage {
  const start = Date.parse(reading.from);
  const [first, last] = [(from - start) / minute, (to - start) / minute];
  const periods = Array.from({ length: last - first }, (_, index) => first + index).filter((at) => at >= 0);
  const own = reading.groups.map((group, index) => ({
    group,
    periods: periods.filter((at) => owner(index, at) === id),
  }));
  const pick = (metric: keyof Reading["groups"][number]): number[] =>
    own.flatMap(({ group, periods: some }) => some.flatMap((at) => group[metric][at] ?? []));
  const [requests, errors5xx] = [total(pick("requests")), total(pick("errors_5xx"))];
  return {
    deployment_id: id,
    from: toTimestamp(from),
    to: toTimestamp(to),
    requests,
    requests_per_minute: requests === null ? null : rounded(requests / periods.length),
    errors_4xx: total(pick("errors_4xx")),
    errors_5xx: errors5xx,
    error_rate: requests === null || requests === 0 ? null : Math.min(1, (errors5xx ?? 0) / requests),
    latency_p50: median(pick("latency_p50")),
    latency_p95: median(pick("latency_p95")),
    latency_p99: median(pick("latency_p99")),
    processes: Object.fromEntries(
      Object.entries(reading.processes).map(([process, { cpu, memory }]) => [
        process,
        {
          cpu: mean(periods, cpu),
          memory: mean(periods, memory),
          restarts: restarts.filter(
            (one) =>
              one.process === process &&
              one.deployment_id === id &&
              Date.parse(one.stopped_at) >= from &&
              Date.parse(one.stopped_at) < to,
          ).length,
        },
      ]),
    ),
  };
}

const total = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);

const rounded = (value: number): number => Math.round(value * 10) / 10;

function mean(periods: readonly number[], values: Values): number | null {
  const known = periods.flatMap((at) => values[at] ?? []);
  const sum = total(known);
  return sum === null ? null : rounded(sum / known.length);
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length / 2) - 1] ?? null;
}
