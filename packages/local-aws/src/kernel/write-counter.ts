import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";

/** Counts the writes that a store acknowledged, in a file outside of the store, so that lost writes are detected at the next start. */
export interface WriteCounter {
  /** The count of the previous run; `null` if there was none. */
  readonly previous: number | null;
  acknowledged(count: number): void;
  close(): void;
}

const DIGITS = 20;

/** The count is overwritten in place, which needs no room on the disk. */
export function openWriteCounter(file: string): WriteCounter {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const handle = openSync(file, existsSync(file) ? "r+" : "w+", 0o600);
  let isOpen = true;
  return {
    previous: /^\d{20}$/.test(text) ? Number(text) : null,
    acknowledged: (count) => void writeSync(handle, String(count).padStart(DIGITS, "0"), 0),
    close: () => {
      if (isOpen) closeSync(handle);
      isOpen = false;
    },
  };
}

/** The message about a store that holds `count` writes; `null`: it lost nothing. */
export function lossOf(store: string, count: number, before: number | null): string | null {
  if (before === null || count >= before) return null;
  const lost = before - count;
  return `${store} has lost its last ${lost === 1 ? "write" : `${lost} writes`} of ${before}: a file of it was cut or damaged.`;
}
