import { Readable } from "node:stream";
import db, { type IndexDb, type Item, type Store } from "dynalite/db/index.js";
import { validationError } from "./validation.ts";

/** What an item may have at most, in bytes: names and values, text as UTF-8. */
const largestItem = 400 * 1024;
/** A page of a query or scan ends with the item that reaches this, in bytes. */
const largestPage = 1024 * 1024;

type Value = Item[string];

const textsIn = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
const valuesIn = (value: unknown): readonly Value[] => (Array.isArray(value) ? (value as readonly Value[]) : []);

/** The size of an item as DynamoDB counts it, in bytes. dynalite counts characters: a fraction of it for most of the world's text. */
function itemBytes(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function valueBytes(value: Value): number {
  const { S, SS, L, M } = value;
  if (typeof S === "string") return Buffer.byteLength(S);
  if (SS !== undefined) return textsIn(SS).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (L !== undefined) return 3 + valuesIn(L).reduce((sum, one) => sum + 1 + valueBytes(one), 0);
  if (M !== undefined) return 3 + Object.keys(M as Item).length + itemBytes(M as Item);
  // Of what is no text dynalite knows the size.
  return db.itemSize({ "": value });
}

/** Throws where an item is larger than DynamoDB takes. */
export function refuseLarge(item: Item | undefined): void {
  if (item !== undefined && itemBytes(item) > largestItem)
    throw validationError("Item size has exceeded the maximum allowed size");
}

/** A store for one query or scan, which notes how large is what is read of it. */
interface MeteredStore {
  readonly store: Store;
  /** How many of the items that were read make a page of {@link largestPage}; `null`: all of them are less. */
  page(): number | null;
}

export function metered(store: Store): MeteredStore {
  let bytes = 0;
  let count = 0;
  let page: number | null = null;
  async function* noting(values: AsyncIterable<unknown>): AsyncGenerator<unknown> {
    for await (const value of values) {
      count += 1;
      // What lies in a table or an index was checked by dynalite before it was put there.
      if (page === null) bytes += itemBytes(value as Item);
      if (page === null && bytes >= largestPage) page = count;
      yield value;
    }
  }
  const noted = <Db extends Pick<IndexDb, "createValueStream">>(of: Db): Db => ({
    ...of,
    createValueStream: (range: Parameters<Db["createValueStream"]>[0]) =>
      Readable.from(noting(of.createValueStream(range))),
  });
  return {
    store: {
      ...store,
      getItemDb: (table) => noted(store.getItemDb(table)),
      getIndexDb: (kind, table, index) => noted(store.getIndexDb(kind, table, index)),
    },
    page: () => page,
  };
}
