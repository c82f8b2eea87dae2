import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type * as z from "zod";
import { type Storage, unwatchedStorage } from "./storage.ts";
import { lossOf, openWriteCounter } from "./write-counter.ts";

/** What a collection is asked by, beside its keys: of each document one value, or `null` for none. */
type Lookups<T, L extends string> = Readonly<Record<L, (document: T) => string | null>>;

/** A durable map from key to a JSON document, each document checked by its schema when it is read. */
export interface Collection<T, L extends string = never> {
  get(key: string): T | undefined;
  put(key: string, value: T): void;
  delete(key: string): void;
  /** The documents of which a lookup has that value, by key. Reads no others. */
  where(lookup: L, value: string): T[];
  /** All documents, by key. For collections that history does not make grow. */
  all(): T[];
}

/**
 * The durable state of the parts, which survives a kill. Each write is on disk when it returns, unless the disk does not take it: then it is
 * kept in memory and owed to the disk, and the storage refuses to acknowledge anything until it is written.
 */
export interface State {
  readonly storage: Storage;
  /** What was lost before this start, as a sentence; `null`: nothing. */
  readonly loss: string | null;
  collection<T, L extends string = never>(
    name: string,
    schema: z.ZodType<T>,
    lookups?: Lookups<T, L>,
  ): Collection<T, L>;
  close(): void;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS documents (collection TEXT, key TEXT, value TEXT, PRIMARY KEY (collection, key));
  CREATE TABLE IF NOT EXISTS lookups (
    collection TEXT, name TEXT, value TEXT, key TEXT, PRIMARY KEY (collection, name, value, key)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS lookups_by_key ON lookups (collection, key);
  CREATE TABLE IF NOT EXISTS lookup_names (collection TEXT PRIMARY KEY, names TEXT);
  CREATE TABLE IF NOT EXISTS acknowledged (one INTEGER PRIMARY KEY CHECK (one = 1), count INTEGER);
  INSERT OR IGNORE INTO acknowledged VALUES (1, 0);
`;

/** One change of one document. */
interface Change {
  readonly collection: string;
  readonly key: string;
  /** `null`: it is gone. */
  readonly value: string | null;
  readonly found: Readonly<Record<string, string>>;
}

/** The rows of `state.sqlite`. */
class Rows {
  readonly #db: DatabaseSync;
  readonly #statements;

  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    this.#db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${SCHEMA}`);
    const prepare = (sql: string) => this.#db.prepare(sql);
    this.#statements = {
      get: prepare("SELECT value FROM documents WHERE collection = ? AND key = ?"),
      put: prepare("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)"),
      remove: prepare("DELETE FROM documents WHERE collection = ? AND key = ?"),
      all: prepare("SELECT key, value FROM documents WHERE collection = ? ORDER BY key"),
      where: prepare(
        "SELECT d.key, d.value FROM lookups l JOIN documents d ON d.collection = l.collection AND d.key = l.key " +
          "WHERE l.collection = ? AND l.name = ? AND l.value = ? ORDER BY l.key",
      ),
      forget: prepare("DELETE FROM lookups WHERE collection = ? AND key = ?"),
      find: prepare("INSERT INTO lookups VALUES (?, ?, ?, ?)"),
      names: prepare("SELECT names FROM lookup_names WHERE collection = ?"),
      setNames: prepare("INSERT OR REPLACE INTO lookup_names VALUES (?, ?)"),
      count: prepare("SELECT count FROM acknowledged"),
      setCount: prepare("UPDATE acknowledged SET count = ?"),
    };
  }

  /** Damage that SQLite finds by reading everything, as an error; `null`: none. */
  check(): Error | null {
    const [row] = this.#db.prepare("PRAGMA quick_check(1)").all();
    const said = String(row?.quick_check);
    return said === "ok" ? null : Object.assign(new Error(said), { errcode: 11 });
  }

  get(collection: string, key: string): string | undefined {
    const row = this.#statements.get.get(collection, key);
    return row === undefined ? undefined : String(row.value);
  }

  all(collection: string): [string, string][] {
    return this.#statements.all.all(collection).map(({ key, value }) => [String(key), String(value)]);
  }

  where(collection: string, name: string, wanted: string): [string, string][] {
    return this.#statements.where.all(collection, name, wanted).map(({ key, value }) => [String(key), String(value)]);
  }

  lookupNames(collection: string): string {
    return String(this.#statements.names.get(collection)?.names ?? "");
  }

  count(): number {
    return Number(this.#statements.count.get()?.count ?? 0);
  }

  /** All of it or nothing. */
  write(changes: readonly Change[], count: number, names?: readonly [collection: string, names: string]): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      for (const change of changes) this.#apply(change);
      if (names !== undefined) this.#statements.setNames.run(...names);
      this.#statements.setCount.run(count);
      this.#db.exec("COMMIT");
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  #apply({ collection, key, value, found }: Change): void {
    this.#statements.forget.run(collection, key);
    if (value === null) {
      this.#statements.remove.run(collection, key);
      return;
    }
    this.#statements.put.run(collection, key, value);
    for (const [name, wanted] of Object.entries(found)) this.#statements.find.run(collection, name, wanted, key);
  }

  close(): void {
    this.#db.close();
  }
}

/** Writes through to the rows, and keeps what they do not take. */
class Documents {
  readonly #rows: Rows;
  readonly #storage: Storage;
  readonly #beforeWrite: () => void;
  readonly #acknowledged: (count: number) => void;
  /** By collection and key, the latest change of each. */
  readonly #owed = new Map<string, Map<string, Change>>();
  #count: number;

  constructor(rows: Rows, storage: Storage, beforeWrite: () => void, acknowledged: (count: number) => void) {
    this.#rows = rows;
    this.#storage = storage;
    this.#beforeWrite = beforeWrite;
    this.#acknowledged = acknowledged;
    this.#count = rows.count();
    storage.repairWith(() => this.#payBack());
  }

  write(change: Change): void {
    if (this.#owed.size > 0 || !this.#committed(change)) this.#owe(change);
  }

  get(collection: string, key: string): string | undefined {
    const owed = this.#owed.get(collection)?.get(key);
    return owed === undefined ? this.#rows.get(collection, key) : (owed.value ?? undefined);
  }

  all(collection: string): string[] {
    return this.#merged(collection, this.#rows.all(collection), () => true);
  }

  where(collection: string, name: string, wanted: string): string[] {
    return this.#merged(collection, this.#rows.where(collection, name, wanted), ({ found }) => found[name] === wanted);
  }

  /** Makes the lookups of a collection what they are to be now. */
  index(collection: string, names: string, changes: () => readonly Change[]): void {
    if (this.#rows.lookupNames(collection) === names) return;
    this.#rows.write(changes(), this.#count, [collection, names]);
  }

  /** `false`: the disk does not take it. */
  #committed(change: Change): boolean {
    try {
      this.#commit([change]);
      return true;
    } catch (error) {
      const failure = this.#storage.failed(error);
      if (this.#storage.refusal() === null) throw failure;
      return false;
    }
  }

  #commit(changes: readonly Change[]): void {
    this.#beforeWrite();
    this.#rows.write(changes, this.#count + 1);
    this.#count += 1;
    this.#acknowledged(this.#count);
  }

  #owe(change: Change): void {
    const owed = this.#owed.get(change.collection) ?? new Map<string, Change>();
    owed.set(change.key, change);
    this.#owed.set(change.collection, owed);
  }

  #payBack(): void {
    const changes = [...this.#owed.values()].flatMap((owed) => [...owed.values()]);
    if (changes.length > 0) this.#commit(changes);
    this.#owed.clear();
    const kept = this.#rows.count();
    const lost = lossOf("The local mode's own state", kept, this.#count);
    if (lost !== null) throw new Error(lost);
  }

  #merged(collection: string, rows: readonly [string, string][], fits: (change: Change) => boolean): string[] {
    const owed = this.#owed.get(collection);
    if (owed === undefined) return rows.map(([, value]) => value);
    const others = rows.filter(([key]) => !owed.has(key));
    const own = [...owed.values()].flatMap((change): [string, string][] =>
      change.value !== null && fits(change) ? [[change.key, change.value]] : [],
    );
    return [...others, ...own].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
  }
}

/** Opens `<dir>/state.sqlite`, made if absent. Throws SQLite's error when it cannot be read. What `beforeWrite` throws is what the disk said. */
export function openState(
  dir: string,
  storage: Storage = unwatchedStorage(),
  beforeWrite: () => void = () => undefined,
): State {
  mkdirSync(dir, { recursive: true });
  const writeCounter = openWriteCounter(join(dir, "state.count"));
  const rows = new Rows(join(dir, "state.sqlite"));
  const damage = rows.check();
  if (damage !== null) {
    rows.close();
    writeCounter.close();
    throw damage;
  }
  const loss = lossOf("The local mode's own state", rows.count(), writeCounter.previous);
  const documents = new Documents(rows, storage, beforeWrite, writeCounter.acknowledged);
  writeCounter.acknowledged(rows.count());
  return {
    storage,
    loss,
    collection: (name, schema, lookups) => {
      const entries = Object.entries<(document: z.infer<typeof schema>) => string | null>(lookups ?? {});
      const read = (value: string) => schema.parse(JSON.parse(value));
      const changeTo = (key: string, document: z.infer<typeof schema>): Change => ({
        collection: name,
        key,
        value: JSON.stringify(document),
        found: Object.fromEntries(
          entries.flatMap(([lookup, of]) => {
            const value = of(document);
            return value === null ? [] : [[lookup, value]];
          }),
        ),
      });
      const names = entries.map(([lookup]) => lookup).join(" ");
      documents.index(name, names, () => rows.all(name).map(([key, value]) => changeTo(key, read(value))));
      return {
        get: (key) => {
          const value = documents.get(name, key);
          return value === undefined ? undefined : read(value);
        },
        put: (key, value) => documents.write(changeTo(key, value)),
        delete: (key) => documents.write({ collection: name, key, value: null, found: {} }),
        where: (lookup, value) => documents.where(name, lookup, value).map(read),
        all: () => documents.all(name).map(read),
      };
    },
    close: () => {
      rows.close();
      writeCounter.close();
    },
  };
}
