interface Bucket {
  readonly tokens: number;
  readonly at_ms: number;
}

/** A token bucket as plain arithmetic: what is left after taking one, or how many whole seconds until there is one. */
export function takeToken(
  bucket: Bucket,
  limit: { burst: number; perMinute: number },
  nowMs: number,
): { allowed: true; tokens: number } | { allowed: false; retryAfter: number } {
  const perMs = limit.perMinute / 60_000;
  const tokens = Math.min(limit.burst, bucket.tokens + Math.max(0, nowMs - bucket.at_ms) * perMs);
  if (tokens >= 1) return { allowed: true, tokens: tokens - 1 };
  return { allowed: false, retryAfter: Math.max(1, Math.ceil((1 - tokens) / perMs / 1000)) };
}
