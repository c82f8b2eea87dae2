import type { Redact } from "@slipway/text/redactor";
import type { Line } from "../../contract/build.ts";
import { logLines } from "./render.ts";
import type { Surroundings } from "./surroundings.ts";

/** The log of a build, on its way to the control plane and to the archive. */
export interface Journal {
  write(lines: readonly Line[]): void;
  /** A sentence of the reporter's own. They are few, and kept in any case. */
  system(sentence: string): void;
}

export interface JournalOptions extends Pick<Surroundings, "now" | "print"> {
  readonly redact: Redact;
  /** How much is kept; a sentence then says so, and the rest is dropped. Bytes of UTF-8. */
  readonly limit: { readonly lines: number; readonly bytes: number };
  /** Takes the lines that are kept, in order. */
  readonly keep: (lines: readonly Line[]) => void;
}

/** A journal without lines. */
export function createJournal({ now, print, redact, limit, keep }: JournalOptions): Journal {
  const left = { ...limit };
  let truncated = false;
  const store = (lines: readonly Line[]): void => {
    if (lines.length === 0) return;
    keep(lines);
    print(lines.map(({ line }) => line).join(""));
  };
  const system = (sentence: string): void => store(logLines(sentence, "system", now(), redact));
  const write = (lines: readonly Line[]): void => {
    if (truncated) return;
    const end = lines.findIndex(({ line }) => {
      left.lines -= 1;
      left.bytes -= Buffer.byteLength(line);
      return left.lines < 0 || left.bytes < 0;
    });
    store(end === -1 ? lines : lines.slice(0, end));
    if (end === -1) return;
    truncated = true;
    const full =
      left.lines < 0 ? `${limit.lines.toLocaleString("en-US")} lines` : `${Math.floor(limit.bytes / 1024 / 1024)} MB`;
    system(`Log truncated at ${full}. The build continues; further output is not stored.`);
  };
  return { write, system };
}
