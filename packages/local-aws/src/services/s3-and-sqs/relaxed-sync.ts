import { DatabaseSync } from "node:sqlite";

const WRITE_AHEAD = /^PRAGMA journal_mode = WAL\b/i;

/**
 * Runs `start`, and makes databases that are switched to a write-ahead log meanwhile sync it at checkpoints only, as all
 * of the local mode's state is: fauxqs syncs each message, which holds the whole process up for milliseconds. A commit
 * survives a killed process either way. Two may run at once and end in any order.
 */
export async function relaxedSync<T>(start: () => Promise<T>): Promise<T> {
  const { prototype } = DatabaseSync;
  const before = prototype.exec;
  let active = true;
  const relaxed = function (this: DatabaseSync, sql: string): void {
    Reflect.apply(before, this, [sql]);
    if (active && WRITE_AHEAD.test(sql)) Reflect.apply(before, this, ["PRAGMA synchronous = NORMAL"]);
  };
  prototype.exec = relaxed;
  try {
    return await start();
  } finally {
    active = false;
    // Another start may have wrapped this one meanwhile; what stays below it is inert.
    if (prototype.exec === relaxed) prototype.exec = before;
  }
}
