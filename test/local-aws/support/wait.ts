const WITHIN_MS = 180_000;

/** What takes long is asked for less often: asking takes processor time from what is waited for. */
const pause = (waitedMs: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.min(5 + waitedMs / 20, 50)));

/** Repeats `check` until it does not throw; then returns its result. Throws the last error after the deadline. */
export async function eventually<T>(check: () => T | Promise<T>, withinMs = WITHIN_MS): Promise<T> {
  const begun = Date.now();
  for (;;) {
    try {
      return await check();
    } catch (error) {
      const waitedMs = Date.now() - begun;
      if (waitedMs > withinMs) throw error;
      await pause(waitedMs);
    }
  }
}

/** Asks until the answer is `good`; then returns it. */
export const until = <T>(ask: () => T | Promise<T>, good: (answer: T) => boolean): Promise<T> =>
  eventually(async () => {
    const answer = await ask();
    if (!good(answer)) throw new Error(`Not within ${WITHIN_MS} ms. The last answer: ${JSON.stringify(answer)}`);
    return answer;
  });

/** Waits until the condition holds. `what` is for the error. */
export const waitFor = (condition: () => boolean, what: string): Promise<void> =>
  eventually(() => {
    if (!condition()) throw new Error(`Not within ${WITHIN_MS} ms: ${what}`);
  });
