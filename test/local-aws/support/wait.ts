const WITHIN_MS = 45_000;

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

/** Repeats `check` until it does not throw; then returns its result. Throws the last error after the deadline. */
export async function eventually<T>(check: () => T | Promise<T>, withinMs = WITHIN_MS): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await pause();
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
