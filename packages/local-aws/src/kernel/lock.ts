import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The data directory is ours until `release` or the end of this process, however it ends. */
export interface DataDirectoryLock {
  release(): void;
}

const SQLITE_BUSY = 5;

const isBusy = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "errcode" in error && error.errcode === SQLITE_BUSY;

/** Who wrote the file; `null` in the instant between taking the lock and writing it. */
function readPid(file: string): number | null {
  if (!existsSync(file)) return null;
  const pid = Number.parseInt(readFileSync(file, "utf8"), 10);
  return Number.isNaN(pid) ? null : pid;
}

/**
 * Takes the exclusive lock on a data directory (made if absent), or says which process holds it.
 *
 * The lock is an open exclusive transaction of an SQLite file: the kernel drops it with the process, so a killed holder
 * keeps nothing and no stale lock has to be guessed at. `heldBy` is `null` while the holder has not said its number yet.
 * Throws when the directory cannot be written.
 */
export function lockDataDirectory(dir: string): DataDirectoryLock | { readonly heldBy: number | null } {
  mkdirSync(dir, { recursive: true });
  const pidFile = join(dir, "lock.pid");
  const db = new DatabaseSync(join(dir, "lock.sqlite"), { timeout: 0 });
  try {
    db.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    if (isBusy(error)) return { heldBy: readPid(pidFile) };
    throw error;
  }
  // Beside the database, not in it: under an exclusive lock nobody else could read it there.
  writeFileSync(pidFile, `${process.pid}\n`);
  return { release: () => db.close() };
}
