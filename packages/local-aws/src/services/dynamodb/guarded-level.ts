import type { Change, Level, Range } from "dynalite/db/index.js";
import * as z from "zod";
import type { Storage } from "../../kernel/storage.ts";
import { lossOf, type WriteCounter } from "../../kernel/write-counter.ts";

const countKey = "acknowledged~";
const STORE = "The store of the tables";

/** Reads everything once, so that a damaged block is found now and not by the first who needs it. */
async function readThrough(level: Level): Promise<void> {
  const iterator = level.iterator({ keyEncoding: "buffer", valueEncoding: "buffer" });
  try {
    for (;;) if ((await iterator.nextv(1000)).length === 0) return;
  } finally {
    await iterator.close();
  }
}

/**
 * Makes an open LevelDB one that acknowledges nothing that is gone when it is opened again. After a record that was cut, as
 * on a full disk, LevelDB goes on acknowledging, and loses all of that: so after one failed batch every other is refused,
 * until the storage has opened it anew and what was acknowledged last was read back. `reopened` may write by `put` then,
 * before anybody else does. Answers what was lost before this
 * start as a sentence, or `null`. Throws when it cannot be read.
 */
export async function guardLevel(
  level: Level,
  storage: Storage,
  writeCounter: WriteCounter,
  reopened: (put: Level["batch"]) => Promise<void>,
  beforeWrite: () => Promise<void> | void = () => undefined,
): Promise<string | null> {
  const write = level.batch.bind(level);
  const clear = level.clear.bind(level);
  const close = level.close._original;
  const counted = async (): Promise<number> =>
    z
      .number()
      .default(0)
      .parse(await level.get(countKey));
  await readThrough(level);
  let count = await counted();
  const loss = lossOf(STORE, count, writeCounter.previous);
  let acknowledged = count;
  let failure: unknown = null;
  let tail: Promise<unknown> = Promise.resolve();

  const guarded = async (work: () => Promise<void>): Promise<void> => {
    if (failure !== null) throw failure;
    const refusal = storage.refusal();
    if (refusal !== null) throw refusal;
    try {
      await work();
    } catch (error) {
      failure = storage.failed(error);
      throw failure;
    }
  };
  /** One after the other, so that the highest count is the last. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = tail.then(() => guarded(work));
    // `failure` informs the next in line; `done` this one's caller.
    tail = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  };

  const put = async (changes: readonly Change[]): Promise<void> => {
    await beforeWrite();
    count += 1;
    await write([...changes, { type: "put", key: countKey, value: count }]);
    writeCounter.acknowledged(count);
    acknowledged = count;
  };
  level.batch = (changes: readonly Change[]) => inTurn(() => put(changes));
  level.clear = (range: Range) => inTurn(() => clear(range));
  storage.repairWith(async () => {
    await tail;
    if (failure === null) return;
    await close();
    await level.open();
    count = await counted();
    const lost = lossOf(STORE, count, acknowledged);
    if (lost !== null) throw new Error(lost);
    await reopened(put);
    failure = null;
  });
  writeCounter.acknowledged(count);
  return loss;
}
