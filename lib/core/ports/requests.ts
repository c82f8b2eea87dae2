/** Idempotency keys and rate limits: keys that make requests repeatable, and how often somebody asked. */
export interface Requests {
  /**
   * Reserves a key for 24 hours. The first caller's `id` and `fingerprint` stand; everybody gets them, and when that
   * was, in epoch seconds.
   */
  reserve(
    key: string,
    reservation: { id: number; fingerprint: string },
    nowSeconds: number,
  ): Promise<{ id: number; fingerprint: string; first: boolean; reserved_at: number }>;
  /** Takes one from a token bucket of `burst`, refilled at `perMinute`. Otherwise answers after how many seconds to ask again. */
  take(
    bucket: string,
    limit: { burst: number; perMinute: number },
    nowMs: number,
  ): Promise<{ allowed: true } | { allowed: false; retryAfter: number }>;
}
