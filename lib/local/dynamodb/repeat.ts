import type { Clock } from "../part.ts";

/** Runs `task` each `everyMs` after it last ended. The returned function stops that and waits for a run under way. */
export function repeat(clock: Clock, everyMs: number, task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  let cancel: () => void = () => undefined;
  const arm = (): void => {
    if (stopped) return;
    cancel = clock.after(everyMs, () => {
      running = task().then(arm);
    });
  };
  arm();
  return async () => {
    stopped = true;
    cancel();
    await running;
  };
}
