import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * Gives back the messages that were being worked on when the process that kept `dataDir` ended: they are visible at once.
 * All receivers lived in that process, so nobody is left who could still delete them, and waiting for the visibility
 * time-out (minutes) would be waiting for the dead. How often they were received still counts. To be called before the
 * fauxqs opens `dataDir`. Throws SQLite's error when it is damaged.
 */
export function returnInFlightMessages(dataDir: string): void {
  const file = join(dataDir, "fauxqs.db");
  if (!existsSync(file)) return;
  const db = new DatabaseSync(file);
  try {
    requireWhole(db);
    const isNew = db.prepare("SELECT name FROM sqlite_master WHERE name = 'sqs_messages'").get() === undefined;
    if (isNew) return;
    db.exec(
      "UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE receipt_handle IS NOT NULL",
    );
  } finally {
    db.close();
  }
}

/** fauxqs would meet the damage in the middle of its work. */
function requireWhole(db: DatabaseSync): void {
  const [row] = db.prepare("PRAGMA quick_check(1)").all();
  const said = String(row?.quick_check);
  if (said !== "ok") throw Object.assign(new Error(said), { errcode: 11 });
}
