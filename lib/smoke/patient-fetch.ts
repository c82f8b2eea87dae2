import { setTimeout as pause } from "node:timers/promises";

const mostAttempts = 4;
const pauseMs = 2_000;

/** `fetch` that asks again where the server fails or is busy. Every request of a run may be made twice. */
export function patientFetch(): { readonly fetch: typeof fetch; readonly repeated: () => number } {
  let repeated = 0;
  return {
    fetch: async (...request) => {
      for (let attempt = 1; ; attempt += 1) {
        const answer = await fetch(...request);
        if ((answer.status < 500 && answer.status !== 429) || attempt === mostAttempts) return answer;
        repeated += 1;
        await answer.body?.cancel();
        await pause(pauseMs * attempt);
      }
    },
    repeated: () => repeated,
  };
}
