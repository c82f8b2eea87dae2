import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

const line = z.object({
  stream: z.string(),
  /** Milliseconds since the epoch. */
  timestamp: z.number(),
  ingested: z.number(),
  message: z.string(),
  id: z.string(),
});
export type LogLine = z.infer<typeof line>;

/** Log groups as files of JSON lines. */
export interface LogFiles {
  append(group: string, lines: readonly LogLine[]): void;
  /** By time; lines of one time as they came. `undefined`: nothing was ever written to such a group. */
  read(group: string): LogLine[] | undefined;
}

/** A line that a full disk cut short is nobody's. */
function parsed(text: string): LogLine[] {
  try {
    const read = line.safeParse(JSON.parse(text));
    return read.success ? [read.data] : [];
  } catch {
    return [];
  }
}

/** `maxBytes` is what a group may take on disk, roughly: the older half goes first. */
export function openLogFiles(directory: string, maxBytes: number): LogFiles {
  const fileOf = (group: string): string =>
    join(
      directory,
      group.replace(/[^A-Za-z0-9_-]/g, (character) => `%${character.charCodeAt(0).toString(16)}`),
    );
  const current = (group: string): string => `${fileOf(group)}.jsonl`;
  const older = (group: string): string => `${fileOf(group)}.1.jsonl`;
  return {
    append: (group, lines) => {
      mkdirSync(directory, { recursive: true });
      const file = current(group);
      const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      if (size > maxBytes / 2) renameSync(file, older(group));
      appendFileSync(file, lines.map((one) => `${JSON.stringify(one)}\n`).join(""));
    },
    read: (group) => {
      const files = [older(group), current(group)].filter(existsSync);
      if (files.length === 0) return undefined;
      const lines = files.flatMap((file) => readFileSync(file, "utf8").split("\n").flatMap(parsed));
      return lines.sort((a, b) => a.timestamp - b.timestamp);
    },
  };
}
