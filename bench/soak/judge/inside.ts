import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { openStore, under } from "@slipway/local-aws/services/dynamodb/store";
import { loadTables } from "@slipway/local-aws/services/dynamodb/tables";

// biome-ignore lint/suspicious/noExplicitAny: the judge reads what was stored by others, and says what it must be.
type Document = any;

/** What lies in a data directory, read while nothing runs on it. */
export interface Inside {
  /** The items of the table whose name contains this. */
  rows(table: string): readonly Document[];
  /** The documents of a collection of the local AWS. */
  documents(collection: string): readonly Document[];
  /** Bodies of the messages on queues, by the queue's name. */
  readonly messages: readonly { readonly queue: string; readonly body: string; readonly receives: number }[];
  /** The names in a directory; none if it is absent. */
  names(...path: string[]): readonly string[];
}

export async function readState(data: string): Promise<Inside> {
  const tables = await readTables(join(data, "dynamodb"));
  const collections = readCollections(join(data, "state.sqlite"));
  return {
    rows: (table) => [...tables].find(([name]) => name.includes(table))?.[1] ?? [],
    documents: (collection) => collections.get(collection) ?? [],
    messages: readMessages(join(data, "fauxqs", "fauxqs.db")),
    names: (...path) => (existsSync(join(data, ...path)) ? readdirSync(join(data, ...path)) : []),
  };
}

async function readTables(path: string): Promise<ReadonlyMap<string, readonly Document[]>> {
  const store = await openStore(path);
  try {
    const tables = new Map<string, Document[]>();
    for (const name of (await loadTables(store.db)).keys()) {
      const rows: Document[] = [];
      for await (const [, item] of store.db.iterator(under(`item-${name}~`))) rows.push(unmarshall(item as never));
      tables.set(name, rows);
    }
    return tables;
  } finally {
    await store.db.close();
  }
}

function readCollections(path: string): ReadonlyMap<string, readonly Document[]> {
  const db = new DatabaseSync(path);
  try {
    const all = db.prepare("SELECT collection, key, value FROM documents ORDER BY collection, key").all();
    const parsed = all.map(({ collection, key, value }) => ({
      collection: String(collection),
      document: { key: String(key), ...JSON.parse(String(value)) },
    }));
    const grouped = Map.groupBy(parsed, ({ collection }) => collection);
    return new Map([...grouped].map(([name, rows]) => [name, rows.map(({ document }) => document)]));
  } finally {
    db.close();
  }
}

function readMessages(path: string): Inside["messages"] {
  const db = new DatabaseSync(path);
  try {
    const all = db.prepare("SELECT queue_name, body, approximate_receive_count AS receives FROM sqs_messages").all();
    return all.map(({ queue_name, body, receives }) => ({
      queue: String(queue_name),
      body: String(body),
      receives: Number(receives),
    }));
  } finally {
    db.close();
  }
}
