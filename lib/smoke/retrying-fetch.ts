import { setTimeout as pause } from "node:timers/promises";

const mostAttempts = 4;
const pauseMs = 2_000;
/** As long as API Gateway holds any answer. */
const longestAnswerMs = 30_000;

/** `fetch` that asks again where the server fails, is busy or does not answer. Every request of a run may be made twice. */
export function retryingFetch(): { readonly fetch: typeof fetch; readonly repeated: () => number } {
  let repeated = 0;
  return {
    // The time of whoever asks is too short for several attempts: each has its own.
    fetch: async (address, init) => {
      for (let attempt = 1; ; attempt += 1) {
        const isLast = attempt === mostAttempts;
        try {
          const answer = await fetch(address, { ...init, signal: AbortSignal.timeout(longestAnswerMs) });
          if ((answer.status < 500 && answer.status !== 429) || isLast) return answer;
          await answer.body?.cancel();
        } catch (error) {
          if (isLast) throw error;
        }
        repeated += 1;
        await pause(pauseMs * attempt);
      }
    },
    repeated: () => repeated,
  };
}
