import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { lossOf, openWriteCounter } from "../../kernel/write-counter.ts";

/** How many messages the queues ever took, counted by SQLite itself in the transaction that stores each of them. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS stored_messages (one INTEGER PRIMARY KEY CHECK (one = 1), count INTEGER NOT NULL);
  INSERT OR IGNORE INTO stored_messages VALUES (1, 0);
  CREATE TRIGGER IF NOT EXISTS count_stored_messages AFTER INSERT ON sqs_messages
    BEGIN UPDATE stored_messages SET count = count + 1; END;
`;

export interface MessageCount {
  /** What was lost before this start, as a sentence; `null`: nothing. */
  readonly loss: string | null;
  /** To be called before the answer to whoever sent a message. */
  acknowledged(): void;
  close(): void;
}

/** Counts the messages of a fauxqs that has `<dataDir>/fauxqs` open, and keeps the count outside of it. */
export function countMessages(dataDir: string): MessageCount {
  const db = new DatabaseSync(join(dataDir, "fauxqs", "fauxqs.db"), { timeout: 5000 });
  db.exec(SCHEMA);
  const read = db.prepare("SELECT count FROM stored_messages");
  const stored = (): number => Number(read.get()?.count ?? 0);
  const writeCounter = openWriteCounter(join(dataDir, "fauxqs.count"));
  const loss = lossOf("The store of the queues", stored(), writeCounter.previous);
  writeCounter.acknowledged(stored());
  return {
    loss,
    acknowledged: () => writeCounter.acknowledged(stored()),
    close: () => {
      db.close();
      writeCounter.close();
    },
  };
}
