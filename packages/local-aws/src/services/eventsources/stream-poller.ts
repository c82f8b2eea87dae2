import type { FunctionInvoker, LocalContext } from "../../kernel/part.ts";
import { type Checkpoint, checkpointsOf } from "./checkpoints.ts";
import { createDiscarded } from "./discarded.ts";
import type { StreamMapping } from "./mapping.ts";
import { backOff, createComplaints, createWaits, type Poller, settled, type Waits } from "./poller.ts";
import { openStream, type Page, type Position, type Shard } from "./stream.ts";
import { createBatchRunner } from "./stream-batch.ts";
import { type FetchedRecord, streamFilter } from "./stream-event.ts";

/** Milliseconds between reads: the first after records came, growing while none do. */
const IDLE = { shortest: 10, longest: 100, growth: 1.3 };
/** Between reads of a stream that calls when it has records. */
const CALLED_MS = 1000;
/** New shards appear when one ends, or at the latest after this. */
const SHARDS_AGAIN_MS = 5000;

/** Names of errors after which reading goes on from the checkpoint with a new iterator. */
const EXPIRED = /ExpiredIterator/;
const TRIMMED = /TrimmedDataAccess/;

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "");

function positionOf(mapping: StreamMapping, checkpoint: Checkpoint | undefined, isChild: boolean): Position {
  if (checkpoint?.sequenceNumber !== undefined) {
    return { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber: checkpoint.sequenceNumber };
  }
  // LATEST means the first start of the mapping: neither a later one, nor shards that split off since.
  const first = checkpoint === undefined && !isChild;
  return { type: first ? mapping.startingPosition : "TRIM_HORIZON" };
}

/** Calls back whenever that stream has new records; the returned function ends it. */
export type OnRecords = (streamArn: string, wake: () => void) => () => void;

/** The pauses between reads. */
interface Rest {
  /** After a read that found records, or none. */
  after(found: boolean): Promise<void>;
  close(): void;
}

function growingRest(waits: Waits): Rest {
  let idle = IDLE.shortest;
  return {
    after: (found) => {
      idle = found ? IDLE.shortest : Math.min(IDLE.longest, idle * IDLE.growth);
      return waits.pause(idle);
    },
    close: () => undefined,
  };
}

function restUntilCalled(waits: Waits, arn: string, onRecords: OnRecords): Rest {
  // A call that comes during a read may be about records that the read did not see.
  let isCalled = false;
  let wakeUp = (): void => undefined;
  const close = onRecords(arn, () => {
    isCalled = true;
    wakeUp();
  });
  return {
    after: async (found) => {
      // The first record after a rest is read at once. What comes while a batch is worked on makes the next one.
      if (!found && !isCalled) await waits.pause(CALLED_MS, (wake) => (wakeUp = wake));
      isCalled = false;
    },
    close,
  };
}

/**
 * Polls a DynamoDB stream for a function: each shard in order and after its parent, one batch at a time, from the last
 * checkpoint. A kill repeats at most one batch.
 */
export function createStreamPoller(
  context: LocalContext,
  mapping: StreamMapping,
  invoke: FunctionInvoker,
  onRecords?: OnRecords,
): Poller {
  const role = invoke.roleOf(mapping.functionName);
  const stream = openStream(context, mapping, role);
  const discarded = createDiscarded(context, mapping, role);
  const checkpoints = checkpointsOf(context, mapping.id, mapping.sourceArn);
  const wanted = streamFilter(mapping.filters);
  const waits = createWaits(context);
  const rest = onRecords === undefined ? growingRest(waits) : restUntilCalled(waits, mapping.sourceArn, onRecords);
  const about = { function: mapping.functionName, source: mapping.sourceArn };
  const supervision = createComplaints(context, about);
  const runner = createBatchRunner(context, mapping, {
    invoke,
    discarded,
    waits,
    complaints: createComplaints(context, about),
  });
  const shardLoops = new Map<string, Promise<void>>();
  let supervising: Promise<void> = Promise.resolve();

  function advance(shardId: string, sequenceNumber: string): void {
    checkpoints.put(shardId, { sequenceNumber, ended: false });
  }

  async function iteratorFor(shard: Shard): Promise<string> {
    const checkpoint = checkpoints.get(shard.id);
    const position = positionOf(
      mapping,
      checkpoint,
      shard.parentId !== undefined && checkpoints.get(shard.parentId) !== undefined,
    );
    const since = context.clock.now();
    const iterator = await stream.iterator(shard.id, position);
    if (position.type === "LATEST") checkpoints.put(shard.id, { since, ended: false });
    return iterator;
  }

  /** Older than a start at LATEST, as far as whole seconds can tell. */
  function isOlder(shard: Shard, record: FetchedRecord): boolean {
    const since = checkpoints.get(shard.id)?.since ?? 0;
    return record.created < Math.floor(since / 1000) * 1000;
  }

  /** More records for a batch, until it is full or the batching window closes. */
  async function fillBatch(shard: Shard, page: Page): Promise<Page> {
    const until = context.clock.elapsed() + mapping.windowMs;
    const passes = (record: FetchedRecord) => wanted(record) && !isOlder(shard, record);
    let { records, next } = page;
    while (next !== undefined && !waits.stopping && context.clock.elapsed() < until) {
      const missing = mapping.batchSize - records.filter(passes).length;
      if (missing <= 0) break;
      const more = await stream.read(next, missing);
      records = [...records, ...more.records];
      next = more.next;
      if (more.records.length === 0) await waits.pause(Math.min(IDLE.longest, until - context.clock.elapsed()));
    }
    return { records, next };
  }

  /** Runs the records of a page that match the filters, and checkpoints past the rest of it. */
  async function work(shard: Shard, page: Page): Promise<void> {
    const batch = page.records.filter((record) => wanted(record) && !isOlder(shard, record));
    if (batch.length > 0) await runner.run(shard.id, batch, (upTo) => advance(shard.id, upTo.sequenceNumber));
    const last = page.records.at(-1);
    if (last !== undefined && !waits.stopping) advance(shard.id, last.sequenceNumber);
  }

  async function readShard(shard: Shard, worked: () => void): Promise<void> {
    let iterator: string | undefined = await iteratorFor(shard);
    while (iterator !== undefined && !waits.stopping) {
      await context.state.storage.writable();
      const page: Page = await stream.read(iterator, mapping.batchSize);
      worked();
      const filled: Page = page.records.length > 0 && mapping.windowMs > 0 ? await fillBatch(shard, page) : page;
      await work(shard, filled);
      iterator = filled.next;
      if (iterator !== undefined) await rest.after(page.records.length > 0);
    }
    if (iterator === undefined && !waits.stopping)
      checkpoints.put(shard.id, { ...checkpoints.get(shard.id), ended: true });
  }

  async function followShard(shard: Shard): Promise<void> {
    const reading = createComplaints(context, { ...about, shard: shard.id });
    let failures = 0;
    while (!waits.stopping) {
      try {
        return await readShard(shard, () => {
          failures = 0;
          reading.fine();
        });
      } catch (error) {
        if (EXPIRED.test(nameOf(error))) continue;
        reading.trouble(error);
        // Its records are gone: what is left of the shard is the best there is.
        if (TRIMMED.test(nameOf(error))) checkpoints.put(shard.id, { since: 0, ended: false });
        await waits.pause(backOff(failures++));
      }
    }
  }

  /** Shards that are not done, whose parents are, and that nobody follows yet. */
  function readyOf(shards: readonly Shard[]): readonly Shard[] {
    const ended = (id: string) => checkpoints.get(id)?.ended === true;
    const ids = new Set(shards.map(({ id }) => id));
    const free = ({ parentId }: Shard) => parentId === undefined || !ids.has(parentId) || ended(parentId);
    return shards.filter((shard) => !ended(shard.id) && !shardLoops.has(shard.id) && free(shard));
  }

  function follow(shard: Shard): void {
    const loop = followShard(shard).finally(() => shardLoops.delete(shard.id));
    shardLoops.set(shard.id, loop);
  }

  async function supervise(): Promise<void> {
    let failures = 0;
    let checked = false;
    while (!waits.stopping) {
      try {
        if (!checked) await stream.check();
        checked = true;
        for (const shard of readyOf(await stream.shards())) follow(shard);
        failures = 0;
        supervision.fine();
        const again = shardLoops.size === 0 ? IDLE.longest : SHARDS_AGAIN_MS;
        await Promise.race([waits.pause(again), ...shardLoops.values()]);
        // A shard that ended has children by now; one that ends at once must not make this loop a busy one.
        await waits.pause(IDLE.longest);
      } catch (error) {
        supervision.trouble(error);
        await waits.pause(backOff(failures++));
      }
    }
  }

  return {
    start() {
      supervising = supervise();
    },
    async stop() {
      waits.stop();
      rest.close();
      await settled(context, [supervising, ...shardLoops.values()]);
      stream.close();
      discarded.close();
    },
  };
}
