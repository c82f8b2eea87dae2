import type { Clock } from "@slipway/local-aws/kernel/clock";

export interface TestClock extends Clock {
  /** Lets time pass at once, and runs what is due by then. */
  advance(ms: number): void;
}

/** A clock that stands still unless a test advances it. */
export function manualClock(start = Date.parse("2026-01-01T00:00:00Z")): TestClock {
  let now = start;
  const waiting = new Set<{ at: number; run: () => void }>();
  return {
    now: () => now,
    elapsed: () => now,
    after: (ms, run) => {
      const entry = { at: now + ms, run };
      waiting.add(entry);
      return () => void waiting.delete(entry);
    },
    advance: (ms) => {
      now += ms;
      for (const entry of [...waiting].filter(({ at }) => at <= now)) {
        if (waiting.delete(entry)) entry.run();
      }
    },
  };
}

/** A clock that runs with the machine's and can be advanced. Waits shorter than `leastMs` are not shortened by that. */
export function advancingClock({ leastMs = 0 } = {}): TestClock {
  let ahead = 0;
  const waiting = new Set<{ due: number; run: () => void }>();
  const now = (): number => Date.now() + ahead;
  return {
    now,
    elapsed: () => performance.now() + ahead,
    after: (ms, run) => {
      const fire = (): void => {
        clearTimeout(timer);
        waiting.delete(entry);
        run();
      };
      const entry = { due: now() + ms, run: fire };
      const timer = setTimeout(fire, ms).unref();
      if (ms >= leastMs) waiting.add(entry);
      return () => {
        clearTimeout(timer);
        waiting.delete(entry);
      };
    },
    advance: (ms) => {
      ahead += ms;
      for (const entry of [...waiting]) if (entry.due <= now() && waiting.has(entry)) entry.run();
    },
  };
}
