import { formatDuration } from "./duration.ts";
import type { Figures } from "./types.ts";

/** One of the few figures that show whether delivery improves. */
export interface ShownFigure {
  readonly name: string;
  /** What it is based on, in a few words. */
  readonly of: (figures: Figures) => string;
  readonly better: "more" | "less";
  readonly value: (figures: Figures) => number | null;
  readonly format: (value: number) => string;
  /** The size of a difference. */
  readonly formatDifference: (difference: number) => string;
}

/** The first format of a program takes 20 ms: it is made where figures are shown, not where this is loaded. */
const rounded = (value: number, digits: number): string =>
  new Intl.NumberFormat("en", { maximumFractionDigits: digits }).format(value);
export const formatPercent = (share: number): string => `${rounded(share * 100, 1)} %`;
const points = (share: number): string => {
  const shown = rounded(share * 100, 1);
  return shown === "1" ? "1 point" : `${shown} points`;
};

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

export const shownFigures: readonly ShownFigure[] = [
  {
    name: "Success rate",
    of: ({ succeeded, deployments }) => `${succeeded} of ${counted(deployments, "deployment")}`,
    better: "more",
    value: ({ success_rate }) => success_rate,
    format: formatPercent,
    formatDifference: points,
  },
  {
    name: "Deployment frequency",
    of: () => "changes released per day",
    better: "more",
    value: ({ deployment_frequency }) => deployment_frequency,
    format: (value) => rounded(value, 2),
    formatDifference: (value) => rounded(value, 2),
  },
  {
    name: "Duration",
    of: () => "median",
    better: "less",
    value: ({ duration }) => duration.p50,
    format: formatDuration,
    formatDifference: formatDuration,
  },
  {
    name: "Change failure rate",
    of: ({ change_failures, changes }) => `${change_failures} of ${counted(changes, "change")} failed or rolled back`,
    better: "less",
    value: ({ change_failure_rate }) => change_failure_rate,
    format: formatPercent,
    formatDifference: points,
  },
  {
    name: "Time to restore",
    of: () => "median",
    better: "less",
    value: ({ time_to_restore }) => time_to_restore.p50,
    format: formatDuration,
    formatDifference: formatDuration,
  },
];

export interface Comparison {
  readonly verdict: "better" | "worse" | "same" | "unknown";
  readonly words: string;
}

/** A figure beside the same one of the period before. A difference that nobody would see is none. */
export function compare(figure: ShownFigure, now: Figures, before: Figures): Comparison {
  const value = figure.value(now);
  const earlier = before.deployments === 0 ? null : figure.value(before);
  if (value === null || earlier === null) return { verdict: "unknown", words: "–" };
  if (figure.format(value) === figure.format(earlier)) return { verdict: "same", words: "No change" };
  const isBetter = value > earlier === (figure.better === "more");
  const difference = figure.formatDifference(Math.abs(value - earlier));
  return isBetter
    ? { verdict: "better", words: `Better by ${difference}` }
    : { verdict: "worse", words: `Worse by ${difference}` };
}
