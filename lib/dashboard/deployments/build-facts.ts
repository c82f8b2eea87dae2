import type { Build } from "@slipway/monitor/client";

export type Step = Build["steps"][number];

const shownSteps = 5;

/** The steps that took longest, the slowest first; what took no time says nothing. */
export const slowestSteps = (steps: readonly Step[]): readonly Step[] =>
  steps
    .filter(({ seconds, cached }) => !cached && seconds > 0)
    .toSorted((one, other) => other.seconds - one.seconds)
    .slice(0, shownSteps);

/** How the cache served, as a sentence. A step is carried out again because the first one before it was. */
export function cacheSentence({ outcome, steps }: Build): string {
  if (outcome === "reused") return "An earlier image of the same source. Nothing was built.";
  if (outcome === "cached") return "All steps came from the cache.";
  // What a base image costs is its download, and no step of anybody's.
  const own = steps.filter(({ name }) => !/^FROM /i.test(name));
  const cached = own.filter((step) => step.cached).length;
  if (cached === 0) return own.length === 0 ? (outcome === "failed" ? "" : "Built.") : "No step came from the cache.";
  const missed = own.find((step) => !step.cached);
  return `${cached} of ${own.length} steps came from the cache. The first that didn't: ${missed?.name ?? "none"}`;
}

const units = ["B", "KB", "MB", "GB"] as const;

/** "84 MB", "1.2 GB". */
export function formatBytes(bytes: number): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}

/** The image's size and how it differs from what served before; `""`: not known. Less than a kilobyte is no difference. */
export function sizeSentence({ image_bytes: size, image_bytes_change: change }: Build): string {
  if (size === null) return "";
  const shown = `Image size: ${formatBytes(size)}`;
  if (change === null) return shown;
  if (Math.abs(change) < 1000) return `${shown}, as before`;
  return `${shown}, ${formatBytes(Math.abs(change))} ${change > 0 ? "more" : "less"} than before`;
}

/** "3.4 s" below ten seconds, where tenths matter. */
export const formatStep = (seconds: number, format: (seconds: number) => string): string =>
  seconds < 10 ? `${seconds.toFixed(1)} s` : format(seconds);
