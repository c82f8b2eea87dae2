/** One thing measured, beside the baseline of the same run. */
export interface Measurement {
  readonly what: string;
  readonly unit: "ms" | "bytes";
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly baseline: string;
  readonly baseline_p50: number;
  /** How many times the baseline. */
  readonly ratio: number;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function summary(
  what: string,
  values: readonly number[],
  baseline: string,
  bare: readonly number[],
  unit: Measurement["unit"] = "ms",
): Measurement {
  const p50 = quantile(values, 0.5);
  const basis = quantile(bare, 0.5);
  const rounded = (value: number) => Math.round(value * 100) / 100;
  return {
    what,
    unit,
    count: values.length,
    p50: rounded(p50),
    p95: rounded(quantile(values, 0.95)),
    baseline,
    baseline_p50: rounded(basis),
    ratio: rounded(p50 / basis),
  };
}
