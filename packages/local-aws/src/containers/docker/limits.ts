import { totalmem } from "node:os";
import * as z from "zod";

const MB = 1024 * 1024;

/** What a sandboxed command and everything it starts may use, together. */
export const limits = z.object({
  memoryBytes: z.number().int().positive(),
  /** Threads count as well. */
  processes: z.number().int().positive(),
  /** Of each process. */
  openFiles: z.number().int().positive(),
  /** What it may add to its tree and its private directories. */
  diskBytes: z.number().int().positive(),
  /** 0 to 19: how much it yields to the rest of the machine when processors are short. */
  niceness: z.number().int().min(0).max(19),
});

export type Limits = z.infer<typeof limits>;

/** Of one `RUN` step: generous, and never the whole machine. */
export const stepLimits = (): Limits => ({
  memoryBytes: Math.min(8 * 1024 * MB, Math.floor(totalmem() / 2)),
  processes: 4096,
  openFiles: 16_384,
  diskBytes: 10 * 1024 * MB,
  niceness: 10,
});

/** Of a task: its own setting for memory; Fargate gives 20 GB of disk and as many processes as fit. */
export const taskLimits = (memoryMb: number): Limits => ({
  memoryBytes: memoryMb * MB,
  processes: 2048,
  openFiles: 16_384,
  diskBytes: 4 * 1024 * MB,
  niceness: 5,
});

export type Exhausted = "memory" | "processes" | "disk" | "machine-disk";

const inMb = (bytes: number): string => `${Math.round(bytes / MB)} MB`;

/** Which limit was reached, as the end of a sentence about what was killed. */
export function exhaustedSentence(what: Exhausted, { memoryBytes, processes, diskBytes }: Limits): string {
  switch (what) {
    case "memory":
      return `out of memory: it reached its limit of ${inMb(memoryBytes)}`;
    case "processes":
      return `too many processes: it reached its limit of ${processes}`;
    case "disk":
      return `out of disk space: it reached its limit of ${inMb(diskBytes)}`;
    case "machine-disk":
      return "out of disk space: the disk of this machine is nearly full";
  }
}
