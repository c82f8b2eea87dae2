import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type DiskFault, diskFault, megabytes, mountOf, roomOn } from "./disk.ts";
import { lockDataDirectory } from "./lock.ts";
import { makeOwnerOnly } from "./owner-only.ts";
import { StartRefused } from "./refusal.ts";

/** What the files in a data directory are like. It counts up when files of an older version can no longer be read. */
const FORMAT = 4;
const FORMAT_FILE = "format";

const AFRESH = "Start with --fresh to delete it and begin anew, or name another directory with --data.";

const WHY: Readonly<Record<DiskFault, (dir: string) => string>> = {
  full: (dir) =>
    `The disk of the data directory ${dir} is full${room(dir)}. Make room, or name another directory with --data.`,
  read_only: (dir) => `The data directory ${dir} cannot be written to. Make it writable, or name another with --data.`,
  damaged: (dir) => `The data directory ${dir} has damaged files. ${AFRESH}`,
  failing: (dir) => `The data directory ${dir} cannot be read or written. Check its disk, or name another with --data.`,
};

function room(dir: string): string {
  if (!existsSync(dir)) return "";
  const { free, size } = roomOn(dir);
  return ` (${mountOf(dir)} has ${megabytes(free)} of ${megabytes(size)} free)`;
}

const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined;

/** LevelDB, SQLite and the file system name what they met; the sentence says it in brackets. */
function messageOf(error: unknown): string {
  const causes: string[] = [];
  for (let at = error; at instanceof Object && "message" in at; at = "cause" in at ? at.cause : undefined)
    causes.push(String(at.message));
  return causes.at(-1) ?? String(error);
}

/** What an error of the data directory is to the person who starts: a sentence. Other errors stay what they are. */
export function asRefusal(dir: string, error: unknown): unknown {
  if (error instanceof StartRefused) return error;
  const notADirectory = ["ENOTDIR", "EEXIST", "EISDIR"].includes(String(codeOf(error)));
  if (notADirectory && isOf(dir, error)) {
    const sentence = `The data directory ${dir} has a file where a directory should be, or the other way round`;
    return new StartRefused(`${sentence} (${messageOf(error)}). ${AFRESH}`, { cause: error });
  }
  const fault = diskFault(error);
  if (fault === undefined || !isOf(dir, error)) return error;
  return new StartRefused(`${WHY[fault](dir)} (${messageOf(error)})`, { cause: error });
}

/** Errors of the file system name a path; those of SQLite and LevelDB do not, and keep no files elsewhere. */
const isOf = (dir: string, error: unknown): boolean =>
  !(typeof error === "object" && error !== null && "path" in error) || String(error.path).startsWith(dir);

/** Not even a fresh start deletes a file that is not ours. */
function refuseFileInPlace(dir: string): void {
  if (!existsSync(dir) || statSync(dir).isDirectory()) return;
  throw new StartRefused(`The data directory ${dir} is a file. Remove it, or name another directory with --data.`);
}

function refuseOtherFormat(dir: string): void {
  const file = join(dir, FORMAT_FILE);
  if (!existsSync(file)) writeFileSync(file, `${FORMAT}\n`, { mode: 0o600 });
  const text = readFileSync(file, "utf8").trim();
  if (text === String(FORMAT)) return;
  const whose = /^\d+$/.test(text) ? `${Number(text) > FORMAT ? "a newer" : "an older"} version` : "something else";
  throw new StartRefused(
    `The data directory ${dir} was written by ${whose} (format ${text.slice(0, 20)}, this one reads ${FORMAT}). ${AFRESH}`,
  );
}

/**
 * Makes the data directory ours alone until the returned function is called. Throws `StartRefused` when another process has it,
 * it cannot be written to, or another format of files lies in it.
 */
export function takeDataDirectory(dir: string, fresh: boolean): () => void {
  try {
    refuseFileInPlace(dir);
    makeOwnerOnly(dir);
    const release = lock(dir, fresh);
    if (!fresh) return ofThisFormat(dir, release);
    release();
    rmSync(dir, { recursive: true, force: true });
    return takeDataDirectory(dir, false);
  } catch (error) {
    throw asRefusal(dir, error);
  }
}

function ofThisFormat(dir: string, release: () => void): () => void {
  try {
    refuseOtherFormat(dir);
    return release;
  } catch (error) {
    release();
    throw error;
  }
}

function lock(dir: string, fresh: boolean): () => void {
  const taken = lockOr(dir, fresh);
  if (!("heldBy" in taken)) return taken.release;
  const holder = taken.heldBy === null ? "another process" : `process ${taken.heldBy}`;
  throw new StartRefused(`The data directory ${dir} is in use by ${holder}: stop it, or name another with --data.`);
}

/** Nobody can hold a lock file that is no database, so a fresh start may do without it. */
function lockOr(dir: string, fresh: boolean): ReturnType<typeof lockDataDirectory> {
  try {
    return lockDataDirectory(dir);
  } catch (error) {
    if (!fresh || diskFault(error) !== "damaged") throw error;
    return { release: () => undefined };
  }
}
