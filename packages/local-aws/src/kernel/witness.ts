import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";

/** How many writes a store has acknowledged, kept outside of it, so that a store that lost some cannot deny it. */
export interface Witness {
  /** What was acknowledged before this start; `null`: nobody has counted yet. */
  readonly before: number | null;
  acknowledged(count: number): void;
  close(): void;
}

const DIGITS = 20;

/** The count is overwritten in place, which needs no room on the disk. */
export function openWitness(file: string): Witness {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const handle = openSync(file, existsSync(file) ? "r+" : "w+", 0o600);
  let isOpen = true;
  return {
    before: /^\d{20}$/.test(text) ? Number(text) : null,
    acknowledged: (count) => void writeSync(handle, String(count).padStart(DIGITS, "0"), 0),
    close: () => {
      if (isOpen) closeSync(handle);
      isOpen = false;
    },
  };
}

/** What to tell of a store that holds `count` writes; `null`: it has lost nothing. */
export function lossOf(store: string, count: number, before: number | null): string | null {
  if (before === null || count >= before) return null;
  const lost = before - count;
  return `${store} has lost its last ${lost === 1 ? "write" : `${lost} writes`} of ${before}: a file of it was cut or damaged.`;
}
