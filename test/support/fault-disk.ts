import type { Clock } from "@slipway/local-aws/kernel/clock";
import { type Storage, watchStorage } from "@slipway/local-aws/kernel/storage";

/** A disk that fills up and empties when a test says so, and the storage that watches it. */
export interface FaultDisk {
  readonly storage: Storage;
  readonly said: readonly string[];
  /** Throws what a full disk says, while it is full. */
  readonly write: () => void;
  fill(): void;
  empty(): void;
  /** Has the storage poll the disk now. */
  poll(): Promise<void>;
}

export function faultDisk(dataDir: string): FaultDisk {
  let isFull = false;
  let due: (() => void) | null = null;
  const said: string[] = [];
  const clock: Clock = {
    now: () => 0,
    elapsed: () => 0,
    after: (_ms, run) => {
      due = run;
      return () => {
        due = null;
      };
    },
  };
  const write = (): void => {
    if (isFull) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  };
  const storage = watchStorage({
    dataDir,
    clock,
    print: (sentence) => void said.push(sentence),
    room: () => ({ free: isFull ? 9 * 1024 * 1024 : 100 * 1024 * 1024, size: 200 * 1024 * 1024 }),
    probe: write,
  });
  return {
    storage,
    said,
    write,
    fill: () => {
      isFull = true;
    },
    empty: () => {
      isFull = false;
    },
    poll: async () => {
      const run = due;
      due = null;
      run?.();
      for (let turns = 0; due === null && turns < 5000; turns++) await new Promise((resume) => setTimeout(resume, 1));
    },
  };
}
