import { isDeepStrictEqual } from "node:util";
import db, { type Change, type Item, type Store } from "dynalite/db/index.js";
import type { LocalContext, ProvidedResource, Resource, ResourceProvider } from "../../kernel/part.ts";
import type { Committer } from "./committer.ts";
import { expiryChanges, expiryPrefix } from "./expiry.ts";
import { under } from "./store.ts";
import { planTable, saveTable, type TableEntry } from "./tables.ts";
import { unitOfWork } from "./unit-of-work.ts";

const types = ["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"];

async function eachItem(store: Store, table: string, changesFor: (item: Item) => Promise<readonly Change[]>) {
  for await (const [, value] of store.db.iterator(under(`item-${table}~`))) {
    // What lies under an item's key was checked by dynalite before it was put there.
    const changes = await changesFor(value as Item);
    if (changes.length > 0) await store.db.batch(changes);
  }
}

async function rebuildIndexes(store: Store, { description }: TableEntry): Promise<void> {
  const table = description.TableName;
  for (const kind of ["local", "global"]) await store.db.clear(under(`index-${kind}~${table}~`));
  await eachItem(store, table, async (item) => {
    const unit = unitOfWork(store, () => description);
    await new Promise<void>((resolve, reject) => {
      db.updateIndexes(unit.store, description, undefined, item, (error) => (error ? reject(error) : resolve()));
    });
    return [...unit.localIndexChanges(), ...unit.globalIndexChanges()];
  });
}

async function rebuildExpiry(store: Store, { description, ttlAttribute }: TableEntry): Promise<void> {
  const table = description.TableName;
  await store.db.clear(under(expiryPrefix(table)));
  await eachItem(store, table, async (item) => {
    const change = { table, key: db.createKey(item, description), before: undefined, after: item };
    return expiryChanges(change, description, ttlAttribute);
  });
}

/** Brings what is derived from the items in line with the new shape. Repeats harmlessly: the shape is saved last. */
async function reshape(store: Store, before: TableEntry | undefined, after: TableEntry): Promise<void> {
  const indexes = (entry: TableEntry | undefined): unknown => [
    entry?.description.GlobalSecondaryIndexes,
    entry?.description.LocalSecondaryIndexes,
  ];
  if (!isDeepStrictEqual(indexes(before), indexes(after))) await rebuildIndexes(store, after);
  if (before?.ttlAttribute !== after.ttlAttribute) await rebuildExpiry(store, after);
}

function keysOf({ description }: TableEntry): unknown {
  const type = new Map(description.AttributeDefinitions.map((it) => [it.AttributeName, it.AttributeType]));
  return description.KeySchema.map((it) => [it.AttributeName, it.KeyType, type.get(it.AttributeName)]);
}

function provided({ description }: TableEntry): ProvidedResource {
  return {
    ref: description.TableName,
    attributes: {
      Arn: description.TableArn,
      TableId: description.TableId,
      ...(description.LatestStreamArn !== undefined && { StreamArn: description.LatestStreamArn }),
    },
  };
}

/** Tables of the template. A changed key schema is refused: CloudFormation would replace the table, which loses its items. */
export function tableProviders(
  store: Store,
  tables: Map<string, TableEntry>,
  committer: Committer,
  context: LocalContext,
): readonly ResourceProvider[] {
  const ensure = (resource: Resource): Promise<ProvidedResource> =>
    committer.exclusive(async () => {
      const id = context.randomHex(32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
      const entry = planTable(resource, context, (name) => tables.get(name), context.clock.now(), id);
      const name = entry.description.TableName;
      const before = tables.get(name);
      if (before !== undefined && !isDeepStrictEqual(keysOf(before), keysOf(entry))) {
        throw new Error(
          `The table ${name} has another key schema in the template than in the data directory; start afresh.`,
        );
      }
      if (!isDeepStrictEqual(before, entry)) {
        await reshape(store, before, entry);
        await saveTable(store.db, entry);
        tables.set(name, entry);
      }
      return provided(entry);
    });
  return types.map((type) => ({ type, ensure }));
}
