import { mkdirSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "./part.ts";

export interface LogFiles {
  /** One JSON object a line into `<dir>/<stream>.jsonl`. */
  readonly write: (stream: string, entry: Readonly<Record<string, unknown>>) => void;
  /** Resolves when all that was written is on disk. */
  close(): Promise<void>;
}

/** The logs of the functions and of the local mode's own parts, in the order in which each stream's lines were written. */
export function openLogFiles(dir: string, clock: Clock): LogFiles {
  mkdirSync(dir, { recursive: true });
  const tails = new Map<string, Promise<void>>();
  const pending = new Map<string, string[]>();

  const flush = async (stream: string): Promise<void> => {
    const lines = pending.get(stream) ?? [];
    pending.delete(stream);
    if (lines.length > 0) await appendFile(join(dir, `${stream.replaceAll(/[^\w.-]/g, "-")}.jsonl`), lines.join(""));
  };
  return {
    write: (stream, entry) => {
      const line = `${JSON.stringify({ timestamp: new Date(clock.now()).toISOString(), ...entry })}\n`;
      const waiting = pending.get(stream);
      if (waiting !== undefined) return void waiting.push(line);
      pending.set(stream, [line]);
      tails.set(
        stream,
        (tails.get(stream) ?? Promise.resolve()).then(() => flush(stream)),
      );
    },
    close: async () => {
      await Promise.all(tails.values());
    },
  };
}
