interface Bucket {
  readonly tokens: number;
  readonly at_ms: number;
}

/**
 * A token bucket as plain arithmetic: what is left after taking one, or how many whole seconds until there is one.
 * Its time never runs backwards: machines whose clocks differ would otherwise refill the same seconds again and again.
 */
export function takeToken(
  bucket: Bucket,
  limit: { burst: number; perMinute: number },
  nowMs: number,
): ({ allowed: true } & Bucket) | { allowed: false; retryAfter: number } {
  const perMs = limit.perMinute / 60_000;
  const at_ms = Math.max(bucket.at_ms, nowMs);
  const tokens = Math.min(limit.burst, bucket.tokens + (at_ms - bucket.at_ms) * perMs);
  if (tokens >= 1) return { allowed: true, tokens: tokens - 1, at_ms };
  return { allowed: false, retryAfter: Math.max(1, Math.ceil((1 - tokens) / perMs / 1000)) };
}
