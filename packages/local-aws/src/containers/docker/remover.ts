import type { Clock } from "../../kernel/clock.ts";

/** Between two tries, while it cannot be removed. */
const FIRST_PAUSE_MS = 1_000;
const LAST_PAUSE_MS = 30_000;

/** How docker and podman say that there is no such container or image any more. */
export const saysGone = (said: string): boolean =>
  /no such (?:container|image)|no container with name|image not known/i.test(said);

/**
 * Removes what an engine has, by name. What ended together with its engine cannot be removed at once, and an image not before
 * its last container: either is tried again until `remove` answers that it is gone. Resolves after the first try.
 */
export function createRemover(
  clock: Clock,
  remove: (name: string) => Promise<boolean>,
): (name: string) => Promise<void> {
  const left = new Set<string>();
  let isWaiting = false;

  const tryOnce = async (name: string): Promise<void> => {
    // While the local mode stops, no command is run any more.
    const isGone = await remove(name).catch(() => false);
    if (isGone) left.delete(name);
    else left.add(name);
  };
  const tryAgain = (pauseMs: number): void => {
    if (left.size === 0 || isWaiting) return;
    isWaiting = true;
    clock.after(pauseMs, async () => {
      for (const name of [...left]) await tryOnce(name);
      isWaiting = false;
      tryAgain(Math.min(2 * pauseMs, LAST_PAUSE_MS));
    });
  };

  return async (name) => {
    await tryOnce(name);
    tryAgain(FIRST_PAUSE_MS);
  };
}
