/** The reporter's environment, injected so that tests control it. */
export interface Surroundings {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Calls back once after `ms`; the returned function cancels. */
  readonly after: (ms: number, run: () => void) => () => void;
  /** From 0 up to but not including 1. */
  readonly random: () => number;
  /** `n` random lower-case hex characters, fit for a secret. */
  readonly randomHex: (n: number) => string;
  /** The environment that child processes get. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder in which the build keeps what it needs while it runs. */
  readonly directory: string;
  /** The log once more, for the archive that CodeBuild keeps. */
  readonly print: (text: string) => void;
  /** What is said to whoever reads the build's own output, without a `\n`. */
  readonly complain: (sentence: string) => void;
}

/** Resolves after `ms`, or as soon as `signal` aborts. Never rejects. */
export function pause(ms: number, after: Surroundings["after"], signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const end = (): void => {
      cancel();
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const cancel = after(ms, end);
    signal?.addEventListener("abort", end, { once: true });
  });
}

/**
 * How long to wait before the attempt after `failures` (≥ 1) failed ones, in milliseconds: exponential, with full jitter, so that
 * many builds do not come back at the same moment to a control plane that has just recovered.
 */
export function backoff(failures: number, random: number, { base = 200, cap = 10_000 } = {}): number {
  return random * Math.min(cap, base * 2 ** Math.min(failures - 1, 30));
}
