import type { Change, Store } from "dynalite/db/index.js";
import * as z from "zod";
import type { LocalContext } from "../../kernel/part.ts";
import { expiryChanges } from "./expiry.ts";
import type { IndexLag } from "./index-lag.ts";
import { changesNothing, recordOf, type Writer } from "./records.ts";
import { itemKey } from "./store.ts";
import { recordKey } from "./stream-store.ts";
import type { TableEntry } from "./tables.ts";
import { type ItemChange, type UnitOfWork, unitOfWork } from "./unit-of-work.ts";

/** The one way in which items change. */
export interface Committer {
  /**
   * Runs `work` alone among all writes. If it returns, everything that it staged is on disk in one LevelDB batch with its
   * stream records and index entries: all of it or, over a kill, nothing. If it throws, nothing happened.
   */
  write<T>(work: (unit: UnitOfWork) => Promise<T>, writer?: Writer): Promise<T>;
  /** Runs `work` while nothing is written. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  /** Begins anew from what the store holds, after it was opened again. */
  reload(): Promise<void>;
  /** The count of the newest stream record of any table; 0 before the first. */
  lastSequence(): number;
}

const sequenceKey = "sequence~";

function itemChange({ table, key, after }: ItemChange): Change {
  const rawKey = itemKey(table, key);
  return after === undefined ? { type: "del", key: rawKey } : { type: "put", key: rawKey, value: after };
}

/** `recorded` is called for each stream with new records, once they are on disk. */
export async function openCommitter(
  store: Store,
  tables: ReadonlyMap<string, TableEntry>,
  lag: IndexLag,
  context: Pick<LocalContext, "clock" | "randomHex" | "region">,
  recorded: (streamArn: string) => void = () => undefined,
): Promise<Committer> {
  const sequence = async (): Promise<number> =>
    z
      .number()
      .default(0)
      .parse(await store.db.get(sequenceKey));
  let last = await sequence();
  let tail: Promise<unknown> = Promise.resolve();

  const recordsOf = (changes: readonly ItemChange[], writer: Writer): readonly Change[] => {
    let count = last;
    const records = changes.flatMap((change): Change[] => {
      const description = tables.get(change.table)?.description;
      const viewType = description?.StreamSpecification?.StreamViewType;
      if (description === undefined || viewType === undefined) return [];
      count += 1;
      const facts = {
        table: description,
        viewType,
        sequence: count,
        writer,
        region: context.region,
        now: context.clock.now(),
      };
      const value = recordOf(change, { ...facts, eventId: context.randomHex(32) });
      return [{ type: "put", key: recordKey(change.table, count), value }];
    });
    return records.length === 0 ? [] : [...records, { type: "put", key: sequenceKey, value: count }];
  };

  const streamsOf = (changes: readonly ItemChange[]): readonly string[] =>
    [...new Set(changes.map(({ table }) => table))].flatMap(
      (table) => tables.get(table)?.description.LatestStreamArn ?? [],
    );

  const expiryOf = (change: ItemChange): readonly Change[] => {
    const entry = tables.get(change.table);
    return entry === undefined ? [] : expiryChanges(change, entry.description, entry.ttlAttribute);
  };

  const commit = async (unit: UnitOfWork, writer: Writer): Promise<void> => {
    const changes = unit.changes().filter((change) => !changesNothing(change));
    const records = recordsOf(changes, writer);
    const late = lag.plan(changes.length === 0 ? [] : unit.globalIndexChanges());
    const batch = [
      ...changes.map(itemChange),
      ...changes.flatMap(expiryOf),
      ...(changes.length === 0 ? [] : unit.localIndexChanges()),
      ...late.commit,
      ...records,
      ...unit.extraChanges(),
    ];
    if (batch.length === 0) return;
    await store.db.batch(batch);
    last += Math.max(0, records.length - 1);
    late.committed();
    if (records.length > 0) for (const arn of streamsOf(changes)) recorded(arn);
  };

  const exclusive = <T>(work: () => Promise<T>): Promise<T> => {
    const done = tail.then(work);
    // The next in line continues even if this one failed; `done` reports that to its caller.
    tail = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  };

  return {
    exclusive,
    reload: async () => {
      last = await sequence();
    },
    lastSequence: () => last,
    write: (work, writer = "caller") =>
      exclusive(async () => {
        const unit = unitOfWork(store, (name) => tables.get(name)?.description);
        const result = await work(unit);
        await commit(unit, writer);
        return result;
      }),
  };
}
