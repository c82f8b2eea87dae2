/** The half of what was measured is at most `p50`, 95 of 100 at most `p95`; `null`: nothing was. */
export interface Spread {
  readonly p50: number | null;
  readonly p95: number | null;
}

/** Percentiles by nearest rank: each is a value that was measured. Unknown values do not count. */
export function spreadOf(values: readonly (number | null)[]): Spread {
  const sorted = values.filter((value) => value !== null).toSorted((one, other) => one - other);
  const at = (share: number): number | null => sorted[Math.ceil(share * sorted.length) - 1] ?? null;
  return { p50: at(0.5), p95: at(0.95) };
}
