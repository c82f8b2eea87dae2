const FIRST_MS = 250;
const LONGEST_MS = 60_000;
/** A task may fail once before others are held back. */
const FREE = 1;

/** Exponential backoff per service revision: each failed task doubles the time until the next one of its revision starts. */
export interface StartBackoff {
  /** Whether tasks of that revision are held back from now on, and were not before. */
  failed(revision: string, now: number): boolean;
  succeeded(revision: string): void;
  /** The service revisions of which no task may be started now. */
  heldBack(now: number): readonly string[];
}

export function createStartBackoff(): StartBackoff {
  const tried = new Map<string, { failures: number; until: number }>();
  return {
    failed: (revision, now) => {
      const failures = (tried.get(revision)?.failures ?? 0) + 1;
      const wait = failures <= FREE ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - FREE - 1));
      tried.set(revision, { failures, until: now + wait });
      return failures === FREE + 1;
    },
    succeeded: (revision) => void tried.delete(revision),
    heldBack: (now) => [...tried].flatMap(([revision, { until }]) => (now < until ? [revision] : [])),
  };
}
