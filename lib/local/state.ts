import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type * as z from "zod";

/** A durable map from key to a JSON document, each document checked by its schema when it is read. */
export interface Collection<T> {
  get(key: string): T | undefined;
  put(key: string, value: T): void;
  delete(key: string): void;
  /** All documents, by key. */
  all(): T[];
}

/** What the parts remember over a kill. Each write is on disk when it returns. */
export interface State {
  collection<T>(name: string, schema: z.ZodType<T>): Collection<T>;
  close(): void;
}

/** Opens `<dir>/state.sqlite`, made if absent. */
export function openState(dir: string): State {
  mkdirSync(dir, { recursive: true });
  const db = new DatabaseSync(join(dir, "state.sqlite"));
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  db.exec(
    "CREATE TABLE IF NOT EXISTS documents (collection TEXT, key TEXT, value TEXT, PRIMARY KEY (collection, key))",
  );
  const get = db.prepare("SELECT value FROM documents WHERE collection = ? AND key = ?");
  const put = db.prepare("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)");
  const remove = db.prepare("DELETE FROM documents WHERE collection = ? AND key = ?");
  const all = db.prepare("SELECT value FROM documents WHERE collection = ? ORDER BY key");
  const parse = <T>(schema: z.ZodType<T>, row: unknown): T =>
    schema.parse(JSON.parse(String((row as { value: unknown }).value)));
  return {
    collection: (name, schema) => ({
      get: (key) => {
        const row = get.get(name, key);
        return row === undefined ? undefined : parse(schema, row);
      },
      put: (key, value) => void put.run(name, key, JSON.stringify(value)),
      delete: (key) => void remove.run(name, key),
      all: () => all.all(name).map((row) => parse(schema, row)),
    }),
    close: () => db.close(),
  };
}
