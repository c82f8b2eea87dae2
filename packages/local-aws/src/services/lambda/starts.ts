import { performance } from "node:perf_hooks";

/** Cold starts of all functions, so many at a time. */
export interface Starts {
  readonly atOnce: number;
  /** Runs `start` when a place is free, in the order of the calls. `start` must not reject. */
  queue(start: () => Promise<void>): void;
  /** Whether the thread that answers all calls has no time left: another environment would only wait for it, too. */
  isSaturated(): boolean;
}

const SATURATED = 0.8;
const SAMPLE_MS = 200;

/** Judges this thread's event loop by its latest fifth of a second; waiting for a processor counts as being busy. */
function mainThreadIsSaturated(): () => boolean {
  let sample = performance.eventLoopUtilization();
  let saturated = false;
  return () => {
    const since = performance.eventLoopUtilization(sample);
    if (since.idle + since.active >= SAMPLE_MS) {
      saturated = since.utilization > SATURATED;
      sample = performance.eventLoopUtilization();
    }
    return saturated;
  };
}

/**
 * Loading a bundle is work for the processor alone, so more loads than processors only make each of them late. One
 * processor is left to the thread that answers the calls of all functions.
 */
export function openStarts(processors: number, isSaturated: () => boolean = mainThreadIsSaturated()): Starts {
  const atOnce = Math.max(1, processors - 1);
  const queued: (() => Promise<void>)[] = [];
  let running = 0;
  const next = (): void => {
    while (running < atOnce) {
      const start = queued.shift();
      if (start === undefined) return;
      running += 1;
      void start().finally(() => {
        running -= 1;
        next();
      });
    }
  };
  return {
    atOnce,
    isSaturated,
    queue: (start) => {
      queued.push(start);
      next();
    },
  };
}
