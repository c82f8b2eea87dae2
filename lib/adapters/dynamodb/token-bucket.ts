interface Limit {
  readonly burst: number;
  readonly perMinute: number;
}

/** A bucket that nobody has taken from yet. */
export const fullBucket = 0;

/** How long it takes until there is one more, in whole milliseconds, which add up exactly. */
export const intervalOf = ({ perMinute }: Limit): number => Math.ceil(60_000 / perMinute);

/** The latest moment at which a bucket may become full if one can still be taken from it. */
export const latestFull = (limit: Limit, nowMs: number): number => nowMs + (limit.burst - 1) * intervalOf(limit);

/** By how much the clocks of machines may differ. */
const skewMs = 5 * 60_000;

/**
 * The latest moment at which a bucket may become full at all. One that says a later moment was written before the clock was
 * set back, and says nothing any more: it counts as full, or nobody could take from it until the old time is reached again.
 */
export const latestPossible = (limit: Limit, nowMs: number): number => nowMs + limit.burst * intervalOf(limit) + skewMs;

/** How many whole seconds until there is one in a bucket that becomes full at a moment. */
export const secondsUntilOne = (fullAtMs: number, limit: Limit, nowMs: number): number =>
  Math.max(1, Math.ceil((fullAtMs - latestFull(limit, nowMs)) / 1000));

/**
 * A token bucket as plain arithmetic, kept as the one moment at which it will be full again: taking one moves that moment, and
 * machines whose clocks differ refill nothing twice. When it is full then, or how many whole seconds until there is one.
 */
export function takeToken(
  storedMs: number,
  limit: Limit,
  nowMs: number,
): { allowed: true; fullAtMs: number } | { allowed: false; retryAfter: number } {
  const fullAtMs = storedMs > latestPossible(limit, nowMs) ? fullBucket : storedMs;
  if (fullAtMs > latestFull(limit, nowMs))
    return { allowed: false, retryAfter: secondsUntilOne(fullAtMs, limit, nowMs) };
  return { allowed: true, fullAtMs: Math.max(fullAtMs, nowMs) + intervalOf(limit) };
}
