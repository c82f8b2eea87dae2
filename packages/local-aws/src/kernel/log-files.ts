import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "./clock.ts";
import type { Storage } from "./storage.ts";

export interface LogFiles {
  /** One JSON object a line into `<dir>/<stream>.jsonl`. */
  readonly write: (stream: string, entry: Readonly<Record<string, unknown>>) => void;
  /** Resolves when all that was written is on disk, or the disk does not take it. */
  close(): Promise<void>;
}

/** Lines are gathered this long, and written at once. */
const GATHERED_MS = 20;
/** Of a stream, while the disk takes nothing. */
const MOST_KEPT = 1000;

/** One file of lines, open as long as the process. */
class LogFile {
  readonly #path: string;
  #handle: number | null = null;
  #lines: string[] = [];
  #dropped = 0;

  constructor(path: string) {
    this.#path = path;
  }

  push(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length <= MOST_KEPT) return;
    this.#lines.shift();
    this.#dropped += 1;
  }

  /** Throws what the disk says; the lines are kept then. */
  flush(timestamp: string): void {
    if (this.#lines.length === 0) return;
    const gap =
      this.#dropped === 0
        ? ""
        : `${JSON.stringify({ timestamp, level: "WARN", message: `${this.#dropped} lines are missing: the disk did not take them.` })}\n`;
    this.#handle ??= openSync(this.#path, "a", 0o600);
    writeSync(this.#handle, gap + this.#lines.join(""));
    this.#lines = [];
    this.#dropped = 0;
  }

  close(): void {
    if (this.#handle !== null) closeSync(this.#handle);
    this.#handle = null;
  }
}

/** The logs of the functions and of the local mode's own parts, in the order in which each stream's lines were written. */
export function openLogFiles(
  dir: string,
  clock: Clock,
  storage: Pick<Storage, "attempt" | "refusal" | "repairWith">,
): LogFiles {
  mkdirSync(dir, { recursive: true });
  const files = new Map<string, LogFile>();
  let planned: (() => void) | null = null;
  const iso = (): string => new Date(clock.now()).toISOString();

  const flushAll = (): void => {
    planned = null;
    for (const file of files.values()) if (!storage.attempt(() => file.flush(iso()))) return;
  };
  const plan = (): void => {
    if (storage.refusal() === null) planned ??= clock.after(GATHERED_MS, flushAll);
  };
  storage.repairWith(flushAll);
  return {
    write: (stream, entry) => {
      const path = join(dir, `${stream.replaceAll(/[^\w.-]/g, "-")}.jsonl`);
      const file = files.get(path) ?? new LogFile(path);
      files.set(path, file);
      file.push(`${JSON.stringify({ timestamp: iso(), ...entry })}\n`);
      plan();
    },
    close: async () => {
      planned?.();
      flushAll();
      for (const file of files.values()) file.close();
    },
  };
}
