import { mkdirSync } from "node:fs";
import { Readable } from "node:stream";
import db, {
  type Callback,
  type Item,
  type ItemDb,
  type Level,
  type Range,
  type Store,
  type Table,
} from "dynalite/db/index.js";
import { AwsError } from "../../kernel/service.ts";

/** Where an item lies in LevelDB; as dynalite itself names it, because its queries read there. */
export const itemKey = (table: string, key: string): string => `item-${table}~${key}`;

/** Where an index entry lies, likewise. `kind` is `local` or `global`. */
export const indexKey = (kind: string, table: string, index: string, key: string): string =>
  `index-${kind.toLowerCase()}~${table}~${index}~${key}`;

/** All keys that begin with `prefix`; `from` leaves out those up to and including it. */
export const under = (prefix: string, from?: string): Range =>
  from === undefined ? { gte: prefix, lt: `${prefix}\u00ff` } : { gt: from, lt: `${prefix}\u00ff` };

/** Opens dynalite's store in `path`. LevelDB's own lock keeps a second process out. */
export async function openStore(path: string): Promise<Store> {
  mkdirSync(path, { recursive: true });
  const store = db.create({ path });
  await store.db.open();
  closeWhatIsRead(store.db);
  return store;
}

/**
 * Dynalite reads through streams that never close their iterators. An open one keeps 64 KB, and a snapshot for whose sake
 * LevelDB drops nothing that was overwritten since. These are closed at the end, after an error, and when they are destroyed.
 */
function closeWhatIsRead(level: Level): void {
  level.createKeyStream = (range) => Readable.from(level.keys(range));
  level.createValueStream = (range) => Readable.from(level.values(range));
}

/** Hands a value to dynalite's callback such that what it throws comes back as an error and does not end the process. */
export function answer<T>(value: Promise<T>, done: Callback<T>): void {
  void value.then(
    (found) => {
      try {
        done(null, found);
      } catch (error) {
        done(error);
      }
    },
    (error) => done(error),
  );
}

export async function readItem(level: Level, rawKey: string): Promise<Item | undefined> {
  // A read from memory or the page cache takes less than handing it to another thread and back.
  const found = level.getSync(rawKey);
  // What lies under an item's key was checked by dynalite before it was put there.
  return found === undefined ? undefined : (found as Item);
}

/** The present description of a table. */
export type FindTable = (name: string) => Table | undefined;

/** How dynalite finds a table, answered from memory. */
export function tableLookup(find: FindTable): Store["getTable"] {
  return (name, checkStatus, done) => {
    const answerWith = typeof checkStatus === "function" ? checkStatus : done;
    const table = find(name);
    if (table !== undefined) return answerWith?.(null, table);
    const where = checkStatus === false ? `: Table: ${name} not found` : "";
    answerWith?.(new AwsError("ResourceNotFoundException", `Requested resource not found${where}`));
  };
}

/** The store as reads use it: tables from memory, items and indexes from disk. Writing through it is an error. */
export function readingStore(store: Store, find: FindTable): Store {
  const refuse = (): never => {
    throw new Error("a write outside a unit of work");
  };
  return {
    ...store,
    getTable: tableLookup(find),
    getItemDb: (table): ItemDb => ({
      get: (key, done) => answer(readItem(store.db, itemKey(table, key)), done as Callback<Item | undefined>),
      put: refuse,
      del: refuse,
      lock: refuse,
      createValueStream: (range) => store.getItemDb(table).createValueStream(range),
    }),
  };
}
