/** What is remembered of requests: keys that make them repeatable, and how often somebody asked. */
export interface Requests {
  /**
   * Reserves a key for 24 hours. The first caller's `id` and `fingerprint` stand; everybody is told them, and when that
   * was, in epoch seconds.
   */
  reserve(
    key: string,
    reservation: { id: number; fingerprint: string },
    nowSeconds: number,
  ): Promise<{ id: number; fingerprint: string; first: boolean; reserved_at: number }>;
  /** Takes one from a token bucket of `burst`, refilled at `perMinute`. Otherwise tells after how many seconds to ask again. */
  take(
    bucket: string,
    limit: { burst: number; perMinute: number },
    nowMs: number,
  ): Promise<{ allowed: true } | { allowed: false; retryAfter: number }>;
}
