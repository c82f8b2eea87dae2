import type { Clock } from "../../kernel/clock.ts";
import { type Storage, StorageUnavailable } from "../../kernel/storage.ts";

/**
 * Runs `task` each `everyMs` after it last ended, well or badly, and not while the disk takes nothing. `failed` is called for
 * errors that are not the disk's. The returned function stops that and waits for a run under way.
 */
export function repeat(
  clock: Clock,
  everyMs: number,
  storage: Storage,
  task: () => Promise<void>,
  failed: (error: unknown) => void,
): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  let cancel: () => void = () => undefined;
  const run = async (): Promise<void> => {
    if (storage.refusal() !== null) return;
    try {
      await task();
    } catch (error) {
      // The storage has said so, and the next run does what this one left.
      if (!(error instanceof StorageUnavailable)) failed(error);
    }
  };
  const arm = (): void => {
    if (stopped) return;
    cancel = clock.after(everyMs, () => {
      running = run().then(arm);
    });
  };
  arm();
  return async () => {
    stopped = true;
    cancel();
    await running;
  };
}
