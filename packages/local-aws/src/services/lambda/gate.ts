import type { Clock } from "../../kernel/clock.ts";

/** So many executions at once and no more. */
export interface Gate {
  /** False after waiting in vain. Who entered must leave. */
  enter(): Promise<boolean>;
  leave(): void;
  /** Refuses all who wait. */
  close(): void;
}

/** Counts executions under way; hands a free place to whoever has waited longest. */
export function openGate(clock: Clock, places: number, waitMs: number): Gate {
  let taken = 0;
  const waiting: ((entered: boolean) => void)[] = [];
  const wait = (): Promise<boolean> =>
    new Promise((resolve) => {
      const enter = (entered: boolean): void => {
        cancel();
        resolve(entered);
      };
      const cancel = clock.after(waitMs, () => {
        waiting.splice(waiting.indexOf(enter), 1);
        resolve(false);
      });
      waiting.push(enter);
    });
  return {
    enter: async (): Promise<boolean> => {
      if (places === 0) return false;
      if (taken >= places) return wait();
      taken += 1;
      return true;
    },
    leave: (): void => {
      const next = waiting.shift();
      if (next === undefined) taken -= 1;
      else next(true);
    },
    close: (): void => {
      for (const refuse of waiting.splice(0)) refuse(false);
    },
  };
}
