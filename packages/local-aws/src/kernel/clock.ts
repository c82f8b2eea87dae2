/** Time as the local mode sees it; handed in so that tests own it. */
export interface Clock {
  /** Milliseconds since the epoch, for instants that are stored or shown. It may jump, both ways: never wait by it. */
  now(): number;
  /** Milliseconds that never jump, for durations within one process. What is 0 is arbitrary. */
  elapsed(): number;
  /** Calls back once after `ms`; the returned function cancels. Never keeps the process alive. */
  after(ms: number, run: () => void): () => void;
}

/** The time of this machine. Timers never keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
