import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { type Measurement, quantile } from "./measurement.ts";

const path = join(import.meta.dirname, "history.jsonl");

const keptSchema = z.object({
  commit: z.string(),
  at: z.string(),
  machine: z.string(),
  what: z.string(),
  /** Multiples of the baseline of the same run, one a run. */
  ratios: z.array(z.number()),
  /** Median of the runs, in the unit of the measurement. */
  p50: z.number(),
});
type Kept = z.infer<typeof keptSchema>;

/** Machines on which ratios can be compared. */
export const machineClass = (): string =>
  `${process.platform} ${process.arch}, ${availableParallelism()} × ${cpus()[0]?.model.trim() ?? "unknown"}, Node ${process.versions.node.split(".")[0]}`;

/** Measurements of several runs as one entry each. */
export function entriesOf(runs: readonly (readonly Measurement[])[], about: Pick<Kept, "commit" | "at">): Kept[] {
  const names = new Set(runs.flat().map(({ what }) => what));
  return [...names].map((what) => {
    const measured = runs.flat().filter((one) => one.what === what);
    const p50 = quantile(
      measured.map((one) => one.p50),
      0.5,
    );
    return { ...about, machine: machineClass(), what, ratios: measured.map(({ ratio }) => ratio), p50 };
  });
}

export const keepHistory = (entries: readonly Kept[]): void =>
  appendFileSync(path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));

/** The last entry of each measurement on machines of this class. */
export function lastKept(machine: string): ReadonlyMap<string, Kept> {
  if (!existsSync(path)) return new Map();
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  const kept = lines.map((line) => keptSchema.parse(JSON.parse(line)));
  return new Map(kept.filter((entry) => entry.machine === machine).map((entry) => [entry.what, entry]));
}

/** How a measurement compares with an earlier one. */
export interface Comparison {
  readonly what: string;
  readonly before: number;
  readonly now: number;
  /** Of the medians. */
  readonly change: number;
  readonly verdict: "slower" | "faster" | "as before";
}

const median = (values: readonly number[]): number => quantile(values, 0.5);

/** How far values lie from their median, in parts of it: the median distance, which one slow run does not move. */
function spread(values: readonly number[]): number {
  const middle = median(values);
  return median(values.map((value) => Math.abs(value - middle))) / middle;
}

/** Below this two runs of the same code differ on a machine that does something else, too. */
const leastNoise = 0.25;
/** Distances from the median beyond which a change is no noise. */
const distances = 3;

/** What got slower or faster by more than both vary by themselves. */
export function compare(before: Kept, now: Kept): Comparison {
  const noise = Math.max(leastNoise, distances * spread(before.ratios), distances * spread(now.ratios));
  const [was, is] = [median(before.ratios), median(now.ratios)];
  const change = is / was;
  const verdict = change > 1 + noise ? "slower" : change < 1 / (1 + noise) ? "faster" : "as before";
  const rounded = (value: number) => Math.round(value * 100) / 100;
  return { what: now.what, before: rounded(was), now: rounded(is), change: rounded(change), verdict };
}
