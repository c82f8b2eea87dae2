import * as z from "zod";

/** What is kept of the values of a period: enough for every statistic, and little however many values there were. */
export const aggregate = z.object({
  sum: z.number(),
  count: z.number(),
  min: z.number(),
  max: z.number(),
  /** How many values are in each bucket. A bucket's upper bound is {@link GROWTH} to its number; `zero`: 0 and less. */
  buckets: z.record(z.string(), z.number()),
});
export type Aggregate = z.infer<typeof aggregate>;

/** Percentiles are off by at most one percent of their value. */
const GROWTH = 1.02;

export const EMPTY: Aggregate = {
  sum: 0,
  count: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  buckets: {},
};

const bucketOf = (value: number): string =>
  value <= 0 ? "zero" : String(Math.ceil(Math.log(value) / Math.log(GROWTH)));

const middleOf = (bucket: string): number => (bucket === "zero" ? 0 : (2 * GROWTH ** Number(bucket)) / (GROWTH + 1));

export function withValue({ sum, count, min, max, buckets }: Aggregate, value: number): Aggregate {
  const bucket = bucketOf(value);
  return {
    sum: sum + value,
    count: count + 1,
    min: Math.min(min, value),
    max: Math.max(max, value),
    buckets: { ...buckets, [bucket]: (buckets[bucket] ?? 0) + 1 },
  };
}

export function merged(one: Aggregate, other: Aggregate): Aggregate {
  const buckets = { ...one.buckets };
  for (const [bucket, count] of Object.entries(other.buckets)) buckets[bucket] = (buckets[bucket] ?? 0) + count;
  return {
    sum: one.sum + other.sum,
    count: one.count + other.count,
    min: Math.min(one.min, other.min),
    max: Math.max(one.max, other.max),
    buckets,
  };
}

/** `stat` as CloudWatch names it: `Sum`, `Average`, `SampleCount`, `Minimum`, `Maximum`, or a percentile: `p95`. */
export function statisticOf(of: Aggregate, stat: string): number {
  if (stat === "Sum") return of.sum;
  if (stat === "Average") return of.sum / of.count;
  if (stat === "SampleCount") return of.count;
  if (stat === "Minimum") return of.min;
  if (stat === "Maximum") return of.max;
  return percentile(of, Number(stat.slice(1)));
}

function percentile({ buckets, count, min, max }: Aggregate, percent: number): number {
  const order = (bucket: string): number => (bucket === "zero" ? Number.NEGATIVE_INFINITY : Number(bucket));
  let left = Math.max(1, Math.ceil((percent / 100) * count));
  if (left >= count) return max;
  for (const [bucket, held] of Object.entries(buckets).toSorted(([a], [b]) => order(a) - order(b))) {
    left -= held;
    if (left <= 0) return Math.min(max, Math.max(min, middleOf(bucket)));
  }
  return max;
}
