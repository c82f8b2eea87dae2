import * as z from "zod";

/** A figure that a service counts: what of, and of whom. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** What was counted lately, by minutes. It does not outlive the local mode: a minute that it was not up for counted nothing. */
export interface Metrics {
  record(metric: Metric, value: number): void;
  /** Over the minute of that number; `undefined`: nothing was counted. */
  statistic(metric: Metric, stat: Stat, minute: number): number | undefined;
}

/** `Sum`, `Average`, or a percentile: `p95`. */
export const stat = z
  .string()
  .regex(/^(Sum|Average|p\d{1,2}(\.\d+)?)$/, "the local mode knows Sum, Average and percentiles");
export type Stat = z.infer<typeof stat>;

/** Longer than the evaluation period of any alarm here. */
const KEPT_MINUTES = 60;
/** So many values of a minute say what all of them would. */
const MOST_VALUES = 10_000;

interface Minute {
  sum: number;
  count: number;
  readonly values: number[];
}

/** Names a metric, whatever the order of its dimensions. */
export const keyOf = ({ namespace, name, dimensions }: Metric): string =>
  JSON.stringify([namespace, name, ...Object.entries(dimensions).toSorted(([a], [b]) => a.localeCompare(b))]);

function percentile(values: readonly number[], percent: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

/** `minuteNow`: the number of the minute that runs. */
export function createMetrics(minuteNow: () => number): Metrics {
  const all = new Map<string, Map<number, Minute>>();
  const forget = (minutes: Map<number, Minute>, now: number): void => {
    for (const minute of minutes.keys()) if (minute < now - KEPT_MINUTES) minutes.delete(minute);
  };
  return {
    record: (metric, value) => {
      const key = keyOf(metric);
      const minutes = all.get(key) ?? new Map<number, Minute>();
      all.set(key, minutes);
      const now = minuteNow();
      const minute = minutes.get(now) ?? { sum: 0, count: 0, values: [] };
      if (!minutes.has(now)) forget(minutes.set(now, minute), now);
      minute.sum += value;
      minute.count += 1;
      if (minute.values.length < MOST_VALUES) minute.values.push(value);
    },
    statistic: (metric, of, minute) => {
      const counted = all.get(keyOf(metric))?.get(minute);
      if (counted === undefined) return undefined;
      if (of === "Sum") return counted.sum;
      if (of === "Average") return counted.sum / counted.count;
      return percentile(counted.values, Number(of.slice(1)));
    },
  };
}
