import type { Clock } from "./clock.ts";

interface Seen {
  /** How old it was when this process met it first. */
  readonly base: number;
  /** When that was, by the monotonic clock. */
  readonly at: number;
}

const seenBy = new WeakMap<Clock, Map<number, Seen>>();
/** More instants than are being waited for at any time; the ones met longest ago are forgotten first. */
const MOST = 5000;

/**
 * How long ago a stored instant is, in milliseconds. Within one process that is measured by the monotonic clock, so that a
 * jump of the wall clock neither ends a wait nor prolongs it. One that lies in the future, because the clock was set back
 * while nothing ran, counts as just now.
 */
export function ageOf(clock: Clock, instant: number): number {
  const seen = seenBy.get(clock) ?? new Map<number, Seen>();
  seenBy.set(clock, seen);
  const elapsed = clock.elapsed();
  const known = seen.get(instant);
  if (known !== undefined) return known.base + elapsed - known.at;
  const base = Math.max(0, clock.now() - instant);
  seen.set(instant, { base, at: elapsed });
  const oldest = seen.size > MOST ? seen.keys().next().value : undefined;
  if (oldest !== undefined) seen.delete(oldest);
  return base;
}
