/** Who goes first when there is more to run than the machine has processors for. */
export interface Priority {
  /** Somebody waits for the answer: runs at once. */
  foreground<T>(run: () => Promise<T>): Promise<T>;
  /** A queue, a stream, a rule or a schedule: while somebody waits for an answer, only `least` of these run at a time. */
  background<T>(run: () => Promise<T>): Promise<T>;
}

/**
 * On AWS an accepted webhook and the work that follows from it run on different machines. Here they share this one, and
 * what is only to be done soon must not keep what is to be answered now from its processor. `least` go on regardless, so
 * that an endless flood of requests delays the work and does not stop it.
 */
export function openPriority(least: number): Priority {
  const waiting: (() => void)[] = [];
  let answering = 0;
  let working = 0;
  const admit = (): void => {
    while (waiting.length > 0 && (answering === 0 || working < least)) {
      working += 1;
      waiting.shift()?.();
    }
  };
  return {
    foreground: async (run) => {
      answering += 1;
      try {
        return await run();
      } finally {
        answering -= 1;
        admit();
      }
    },
    background: async (run) => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        admit();
      });
      try {
        return await run();
      } finally {
        working -= 1;
        admit();
      }
    },
  };
}
