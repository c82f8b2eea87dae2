import { statfsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** Why a disk did not take a write or give back what was written. */
export type DiskFault = "full" | "read_only" | "damaged" | "failing";

const CODES: Readonly<Record<string, DiskFault>> = {
  ENOSPC: "full",
  EDQUOT: "full",
  EFBIG: "full",
  EROFS: "read_only",
  EACCES: "read_only",
  EPERM: "read_only",
  EIO: "failing",
  LEVEL_CORRUPTION: "damaged",
  LEVEL_IO_ERROR: "failing",
};
/** SQLite's primary result codes: the low byte of `errcode`. */
const SQLITE: Readonly<Record<number, DiskFault>> = {
  8: "read_only",
  10: "failing",
  11: "damaged",
  13: "full",
  14: "failing",
  26: "damaged",
};
/** LevelDB says it in words only. */
const WORDS: readonly (readonly [RegExp, DiskFault])[] = [
  [/No space left on device|Disk quota exceeded/i, "full"],
  [/Read-only file system|Permission denied/i, "read_only"],
  [/Corruption:/, "damaged"],
  [/Input\/output error|IO error:/i, "failing"],
];

const field = (error: object, name: string): unknown => (error as Readonly<Record<string, unknown>>)[name];

/** A file of the data directory that does not hold what it should. The message says which, for people. */
export class DamagedFile extends Error {}

/** What an error of the file system, of SQLite or of LevelDB says of the disk; `undefined`: nothing, it is another error. */
export function diskFault(error: unknown): DiskFault | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  if (error instanceof DamagedFile) return "damaged";
  const errcode = field(error, "errcode");
  const bySqlite = typeof errcode === "number" ? SQLITE[errcode & 0xff] : undefined;
  if (bySqlite !== undefined) return bySqlite;
  const message = String(field(error, "message"));
  const byWords = WORDS.find(([words]) => words.test(message))?.[1];
  return byWords ?? CODES[String(field(error, "code"))] ?? diskFault(field(error, "cause"));
}

/** Room on the disk that a path lies on, in bytes. */
export interface Room {
  readonly free: number;
  readonly size: number;
}

export function roomOn(path: string): Room {
  const { bavail, blocks, bsize } = statfsSync(path);
  return { free: bavail * bsize, size: blocks * bsize };
}

/** Where the disk that a path lies on is mounted. */
export function mountOf(path: string): string {
  let at = resolve(path);
  const { dev } = statSync(at);
  while (dirname(at) !== at && statSync(dirname(at)).dev === dev) at = dirname(at);
  return at;
}

export const megabytes = (bytes: number): string =>
  `${(bytes / 1024 / 1024).toFixed(bytes < 10 * 1024 * 1024 ? 1 : 0)} MB`;
