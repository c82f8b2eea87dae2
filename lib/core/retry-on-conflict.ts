import type { Measure } from "./measure.ts";

/** What it takes to try a conditional write again. */
export interface RetryDeps {
  /** Resolves after so many milliseconds. */
  readonly pause: (milliseconds: number) => Promise<void>;
  /** At least 0, below 1. */
  readonly random: () => number;
  readonly measure: Measure;
}

/** What an attempt answers whose conditional write was refused, because somebody else wrote first. */
export const conflict = Symbol("conflict");

/** So many conflicts in a row are something else than concurrent writers. */
const mostAttempts = 50;
const firstPauseMs = 5;
const longestPauseMs = 100;

/** Every attempt met a conflict. `what` was to be written; it is safe to try again later. */
export class ConflictError extends Error {
  constructor(what: string) {
    super(`${mostAttempts} conditional writes in a row met a conflict: ${what}.`);
    this.name = "ConflictError";
  }
}

/**
 * Optimistic concurrency: `attempt` reads, decides and writes on the condition that nothing has changed since it read, and
 * is made again while it answers `conflict`. Each conflict is counted. Throws a `ConflictError` after 50 of them.
 */
export async function retryOnConflict<Result>(
  deps: RetryDeps,
  what: string,
  attempt: () => Promise<Result | typeof conflict>,
): Promise<Result> {
  for (let conflicts = 0; conflicts < mostAttempts; conflicts++) {
    if (conflicts > 0) await deps.pause(pauseMs(conflicts, deps.random()));
    const result = await attempt();
    if (result !== conflict) return result;
    deps.measure("WriteConflicts", 1);
  }
  throw new ConflictError(what);
}

/** Exponential, with full jitter: who met each other once must not meet again at the next attempt. */
const pauseMs = (conflicts: number, random: number): number =>
  Math.round(random * Math.min(longestPauseMs, firstPauseMs * 2 ** (conflicts - 1)));
