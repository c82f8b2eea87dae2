import type { Change, IndexDb, Item, ItemDb, Store } from "dynalite/db/index.js";
import { refuseLarge } from "./sizes.ts";
import { answer, type FindTable, indexKey, itemKey, readItem, tableLookup } from "./store.ts";

/** What became of one item: its images before and after; `undefined` where there was or is none. */
export interface ItemChange {
  readonly table: string;
  /** The item's own key within its table, as dynalite encodes it. */
  readonly key: string;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

/** Writes that were worked out but not done: nothing is on disk before the writer commits them in one batch. */
export interface UnitOfWork {
  /** What dynalite's actions write to instead of the real store. */
  readonly store: Store;
  /** Something of our own to commit together with the items. */
  addChange(change: Change): void;
  extraChanges(): readonly Change[];
  /** The image the latest action found, for answers that must show it. */
  lastRead(): Item | undefined;
  changes(): readonly ItemChange[];
  localIndexChanges(): readonly Change[];
  globalIndexChanges(): readonly Change[];
}

export function unitOfWork(base: Store, find: FindTable): UnitOfWork {
  const staged = new Map<string, ItemChange>();
  const originals = new Map<string, Item | undefined>();
  const indexes: Record<"local" | "global", Change[]> = { local: [], global: [] };
  const extraChanges: Change[] = [];
  let last: Item | undefined;

  const read = async (rawKey: string): Promise<Item | undefined> => {
    const change = staged.get(rawKey);
    last = change === undefined ? await readItem(base.db, rawKey) : change.after;
    if (!originals.has(rawKey)) originals.set(rawKey, last);
    return last;
  };
  const stage = async (table: string, key: string, after: Item | undefined): Promise<void> => {
    refuseLarge(after);
    const rawKey = itemKey(table, key);
    if (!originals.has(rawKey)) await read(rawKey);
    staged.set(rawKey, { table, key, before: originals.get(rawKey), after });
  };

  const itemDb = (table: string): ItemDb => ({
    get: (key, done) => answer(read(itemKey(table, key)), (error, item) => done(error, item)),
    put: (key, item, done) => answer(stage(table, key, item), done),
    del: (key, done) => answer(stage(table, key, undefined), done),
    // The writer lets one unit at a time through, so there is nobody to lock out.
    lock: (_key, run) => run((done) => done),
    createValueStream: (range) => base.getItemDb(table).createValueStream(range),
  });
  const indexDb = (kind: string, table: string, index: string): IndexDb => {
    const changes = kind.toLowerCase() === "local" ? indexes.local : indexes.global;
    return {
      put: (key, value, done) => {
        changes.push({ type: "put", key: indexKey(kind, table, index, key), value });
        done(null);
      },
      del: (key, done) => {
        changes.push({ type: "del", key: indexKey(kind, table, index, key) });
        done(null);
      },
      createValueStream: (range) => base.getIndexDb(kind, table, index).createValueStream(range),
    };
  };

  return {
    store: { ...base, getTable: tableLookup(find), getItemDb: itemDb, getIndexDb: indexDb },
    addChange: (change) => void extraChanges.push(change),
    extraChanges: () => extraChanges,
    lastRead: () => last,
    changes: () => [...staged.values()],
    localIndexChanges: () => indexes.local,
    globalIndexChanges: () => indexes.global,
  };
}
