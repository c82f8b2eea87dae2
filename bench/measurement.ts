/** One thing measured, beside the baseline of the same run. */
export interface Measurement {
  readonly what: string;
  readonly unit: "ms" | "s" | "bytes" | "calls" | "lost";
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly baseline: string;
  readonly baseline_p50: number;
  /** How many times the baseline. */
  readonly ratio: number;
}

/** The value that a share of all are at most. `NaN` of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** A baseline by its name and what it took, in the unit of what is measured beside it. */
export interface Baseline {
  readonly name: string;
  readonly values: readonly number[];
}

export function summary(
  what: string,
  values: readonly number[],
  baseline: Baseline,
  unit: Measurement["unit"] = "ms",
): Measurement {
  const p50 = quantile(values, 0.5);
  const basis = quantile(baseline.values, 0.5);
  const rounded = (value: number) => Math.round(value * 100) / 100;
  return {
    what,
    unit,
    count: values.length,
    p50: rounded(p50),
    p95: rounded(quantile(values, 0.95)),
    p99: rounded(quantile(values, 0.99)),
    baseline: baseline.name,
    baseline_p50: rounded(basis),
    ratio: rounded(p50 / basis),
  };
}
