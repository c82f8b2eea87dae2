import type { Line } from "./protocol.ts";
import { logLines } from "./render.ts";
import type { Surroundings } from "./surroundings.ts";

/** The log of a build, on its way to the control plane and to the archive. */
export interface Journal {
  write(lines: readonly Line[]): void;
  /** A sentence of the reporter's own. */
  system(sentence: string): void;
}

export interface JournalOptions extends Pick<Surroundings, "now" | "print"> {
  readonly redact: (line: string) => string;
  /** How many lines are kept; one more then says so, and the rest is dropped. */
  readonly limit: number;
  /** Takes the lines that are kept, in order. */
  readonly keep: (lines: readonly Line[]) => void;
}

/** A journal without lines. */
export function createJournal({ now, print, redact, limit, keep }: JournalOptions): Journal {
  let left = limit;
  let truncated = false;
  const store = (lines: readonly Line[]): void => {
    if (lines.length === 0) return;
    keep(lines);
    print(lines.map(({ line }) => line).join(""));
  };
  const write = (lines: readonly Line[]): void => {
    const kept = lines.slice(0, left);
    left -= kept.length;
    store(kept);
    if (kept.length === lines.length || truncated) return;
    truncated = true;
    store(logLines(`Log truncated at ${limit.toLocaleString("en-US")} lines`, "system", now(), redact));
  };
  return { write, system: (sentence) => write(logLines(sentence, "system", now(), redact)) };
}
