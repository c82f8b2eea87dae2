import { join } from "node:path";
import type { LocalContext, LocalPart } from "../../kernel/part.ts";
import { openWriteCounter } from "../../kernel/write-counter.ts";
import { openCommitter } from "./committer.ts";
import { guardLevel } from "./guarded-level.ts";
import { indexLag, settleIndexes } from "./index-lag.ts";
import { tableOperations } from "./operations.ts";
import { tableProviders } from "./provider.ts";
import { repeat } from "./repeat.ts";
import { openStore } from "./store.ts";
import { trim } from "./stream-store.ts";
import { streamOperations } from "./streams.ts";
import { sweep } from "./sweep.ts";
import { loadTables } from "./tables.ts";

export interface DynamoDbOptions {
  /** How late a global secondary index may see a write; each delay is random up to this. Default 300, 0 for never. */
  readonly indexDelayMs?: number;
  /** How often expired items are deleted. Default: 30 s. */
  readonly expiryMs?: number;
  /** Called before each batch is written; what it throws is what the disk said. For tests of faults. */
  readonly beforeWrite?: () => Promise<void> | void;
}

export interface DynamoDb extends LocalPart {
  /** What was lost before this start although it was acknowledged, because a file was damaged, as a sentence; or `null`. */
  readonly loss: string | null;
  /** Calls back whenever that stream has new records; the returned function ends it. */
  onRecords(streamArn: string, wake: () => void): () => void;
}

const trimMs = 10 * 60 * 1000;

/**
 * DynamoDB with streams, transactions and TTL, its data under `<dataDir>/dynamodb`.
 * Every write is one atomic batch of item, index entries and stream record, so a kill at any moment loses or repeats nothing
 * that was acknowledged. Rejects if another process has the directory open.
 */
export async function createDynamoDb(context: LocalContext, options: DynamoDbOptions = {}): Promise<DynamoDb> {
  const { clock, randomHex } = context;
  const { indexDelayMs = 300, expiryMs = 30_000 } = options;
  const store = await openStore(join(context.dataDir, "dynamodb"));
  const level = store.db;
  const writeCounter = openWriteCounter(join(context.dataDir, "dynamodb.count"));
  const { storage } = context.state;
  const loss = await guardLevel(
    level,
    storage,
    writeCounter,
    async (put) => {
      await committer.reload();
      await lag.settle(put);
    },
    options.beforeWrite,
  );
  await settleIndexes(level);
  const tables = await loadTables(level);
  const lag = indexLag(level, clock, indexDelayMs, () => Number.parseInt(randomHex(8), 16) / 2 ** 32);
  const listeners = new Set<(streamArn: string) => void>();
  const committer = await openCommitter(store, tables, lag, context, (arn) => {
    for (const listener of listeners) listener(arn);
  });
  const failed = (error: unknown): void =>
    context.log("aws", { level: "ERROR", message: "Expired items could not be removed.", error: String(error) });
  let stops: readonly (() => Promise<void>)[] = [];
  return {
    loss,
    onRecords: (streamArn, wake) => {
      const listener = (arn: string): void => (arn === streamArn ? wake() : undefined);
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    services: [
      {
        kind: "json",
        scope: "dynamodb",
        dialect: "application/x-amz-json-1.0",
        operations: {
          ...tableOperations({ store, tables, committer, clock, identity: context }),
          ...streamOperations({ level, tables, committer, clock }),
        },
      },
    ],
    providers: tableProviders(store, tables, committer, context),
    start: async () => {
      stops = [
        repeat(
          clock,
          expiryMs,
          storage,
          () => sweep(level, tables.values(), committer, Math.floor(clock.now() / 1000)),
          failed,
        ),
        repeat(clock, trimMs, storage, () => trim(level, tables.keys(), clock.now()), failed),
      ];
    },
    close: async () => {
      await Promise.all(stops.map((stop) => stop()));
      await lag.close();
      await committer.exclusive(async () => level.close());
      writeCounter.close();
    },
  };
}
