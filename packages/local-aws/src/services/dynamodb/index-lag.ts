import type { Change, Level } from "dynalite/db/index.js";
import * as z from "zod";
import type { Clock } from "../../kernel/clock.ts";
import { StorageUnavailable } from "../../kernel/storage.ts";
import { under } from "./store.ts";

/** Global secondary indexes see a write later than the table does, in the order of the writes. */
export interface IndexLag {
  /** What to commit together with the write so that these changes reach their indexes, now or after the delay, also over a kill. */
  plan(changes: readonly Change[]): { readonly commit: readonly Change[]; readonly committed: () => void };
  /** Does at once what is due, after the store was opened again. */
  settle(put: Level["batch"]): Promise<void>;
  /** Waits for a batch under way. What is still due is done at the next start. */
  close(): Promise<void>;
}

interface Late {
  readonly key: string;
  /** By the monotonic clock. */
  readonly due: number;
  readonly changes: readonly Change[];
}

/** How long to wait before changes are tried again that the disk did not take. */
const retryMs = 1000;
const prefix = "late-index~";
const storedChanges = z.array(
  z.union([
    z.object({ type: z.literal("put"), key: z.string(), value: z.unknown() }),
    z.object({ type: z.literal("del"), key: z.string() }),
  ]),
);

/** Does what a killed process still owed its indexes. To be called before anything else writes. */
export async function settleIndexes(level: Level, put: Level["batch"] = level.batch): Promise<void> {
  for await (const [key, value] of level.iterator(under(prefix))) {
    await put([...storedChanges.parse(value), { type: "del", key }]);
  }
}

/** `maxDelayMs` 0: indexes change together with the table. `random` yields numbers from 0 up to 1. */
export function indexLag(level: Level, clock: Clock, maxDelayMs: number, random: () => number): IndexLag {
  const queue: Late[] = [];
  let number = 0;
  let cancel: (() => void) | undefined;
  let applying: Promise<void> = Promise.resolve();
  let closed = false;

  const arm = (waitMs: number): void => {
    if (cancel !== undefined || closed) return;
    cancel = clock.after(waitMs, () => {
      applying = applyDue();
    });
  };
  const armForNext = (): void => {
    const [head] = queue;
    if (head !== undefined) arm(Math.max(0, head.due - clock.elapsed()));
  };
  const applyDue = async (): Promise<void> => {
    const now = clock.elapsed();
    const ripe = queue.filter(({ due }) => due <= now);
    const isTaken = await taken(ripe.flatMap(({ key, changes }) => [...changes, { type: "del" as const, key }]));
    cancel = undefined;
    if (!isTaken) return arm(retryMs);
    queue.splice(0, ripe.length);
    armForNext();
  };
  /** `false`: the disk takes no writes. They wait, before all later ones: done after those, they would bring back what was. */
  const taken = async (changes: readonly Change[]): Promise<boolean> => {
    try {
      await level.batch(changes);
      return true;
    } catch (error) {
      if (error instanceof StorageUnavailable) return false;
      throw error;
    }
  };

  return {
    plan: (changes) => {
      if (maxDelayMs === 0 || changes.length === 0) return { commit: changes, committed: () => undefined };
      number += 1;
      const key = `${prefix}${String(number).padStart(16, "0")}`;
      return {
        commit: [{ type: "put", key, value: changes }],
        committed: () => {
          const due = clock.elapsed() + Math.floor(random() * (maxDelayMs + 1));
          // Never before an earlier write: the index would be left with the older image.
          queue.push({ key, due: Math.max(due, queue.at(-1)?.due ?? 0), changes });
          armForNext();
        },
      };
    },
    settle: async (put) => {
      queue.length = 0;
      await settleIndexes(level, put);
    },
    close: async () => {
      closed = true;
      cancel?.();
      await applying;
    },
  };
}
