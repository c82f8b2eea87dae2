import type { Clock } from "../../kernel/clock.ts";

/** Tells whoever took a chunk of output, which took so many milliseconds, when to take the next one: then it calls `resume`. */
export type Pace = (tookMs: number, resume: () => void) => void;

/** Between two chunks of one stream. What is printed meanwhile comes as one chunk, and costs what one costs. */
const LEAST_PAUSE_MS = 20;
/** Of this process's time, what programs print may take one part in so many. */
const PARTS = 10;
/** A chunk that took longer met a disk or a machine that was busy, for which nobody's output is to wait for seconds. */
const MOST_MS = 20;

/**
 * Shares a part of this process's time among all streams, a chunk each in turn. A program that prints more than is taken finds its
 * pipe full and waits, as one does whose log driver may block it; nobody else does.
 */
export function createPace(clock: Pick<Clock, "after" | "elapsed">): Pace {
  let freeAt = 0;
  return (tookMs, resume) => {
    const now = clock.elapsed();
    freeAt = Math.max(now, freeAt) + Math.min(tookMs, MOST_MS) * PARTS;
    clock.after(Math.max(LEAST_PAUSE_MS, freeAt - now), resume);
  };
}
