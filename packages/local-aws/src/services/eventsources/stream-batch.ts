import { ageOf } from "../../kernel/age.ts";
import type { FunctionInvoker, LocalContext } from "../../kernel/part.ts";
import type { Condition, Discarded } from "./discarded.ts";
import type { StreamMapping } from "./mapping.ts";
import { type BatchOutcome, outcomeOf } from "./outcome.ts";
import { backOff, type Complaints, invoked, type Waits } from "./poller.ts";
import type { FetchedRecord } from "./stream-event.ts";

export interface BatchRunner {
  /** Brings a batch to its end: done, or discarded and reported. Resolves early, with the rest undone, only when stopping. */
  run(shardId: string, records: readonly FetchedRecord[], done: (upTo: FetchedRecord) => void): Promise<void>;
}

/** A run of records that goes to the function together. */
interface Piece {
  readonly records: readonly FetchedRecord[];
  /** Failures that count against the mapping's retries; splitting does not. */
  readonly failures: number;
  readonly invocations: number;
}

/** What is to be done next after a piece failed or partly failed; `undefined`: everything in it is done. */
type Next = { readonly done: readonly FetchedRecord[]; readonly pieces: readonly Piece[] };

/** In order: what succeeded before the first failed record, then the rest, halved where nothing succeeded and the mapping bisects. */
function nextAfter(piece: Piece, outcome: BatchOutcome, bisects: boolean): Next {
  const { records } = piece;
  if (outcome.kind === "done") return { done: records, pieces: [] };
  const invocations = piece.invocations + 1;
  const firstFailed =
    outcome.kind === "partial" ? records.findIndex(({ sequenceNumber }) => outcome.failed.has(sequenceNumber)) : 0;
  if (firstFailed > 0) {
    const rest = { records: records.slice(firstFailed), failures: bisects ? piece.failures : 1, invocations };
    return { done: records.slice(0, firstFailed), pieces: [rest] };
  }
  if (outcome.kind === "failed" && outcome.throttled) return { done: [], pieces: [{ ...piece, invocations }] };
  if (bisects && records.length > 1) {
    const middle = Math.ceil(records.length / 2);
    const halves = [records.slice(0, middle), records.slice(middle)];
    return { done: [], pieces: halves.map((half) => ({ records: half, failures: piece.failures, invocations })) };
  }
  return { done: [], pieces: [{ records, failures: piece.failures + 1, invocations }] };
}

export interface BatchRunnerOptions {
  readonly invoke: FunctionInvoker;
  readonly discarded: Discarded;
  readonly waits: Waits;
  readonly complaints: Complaints;
}

/** Invokes a stream's function with batches, in order, with retries, bisection and discarding as the mapping says. */
export function createBatchRunner(
  context: LocalContext,
  mapping: StreamMapping,
  options: BatchRunnerOptions,
): BatchRunner {
  const { waits, complaints, discarded } = options;

  async function attempt({ records }: Piece): Promise<BatchOutcome> {
    const identifiers = new Set(records.map(({ sequenceNumber }) => sequenceNumber));
    const event = { Records: records.map((record) => record.event) };
    const result = await invoked(options.invoke, mapping.functionName, event);
    return outcomeOf(result, mapping.reportsItemFailures, identifiers);
  }

  /** How many records from the front are given up, and why. */
  function givenUp({
    records,
    failures,
  }: Piece): { readonly condition: Condition; readonly count: number } | undefined {
    if (failures > mapping.maximumRetryAttempts) return { condition: "RetryAttemptsExhausted", count: records.length };
    const young = records.findIndex(({ created }) => ageOf(context.clock, created) <= mapping.maximumRecordAgeMs);
    const count = young === -1 ? records.length : young;
    return count === 0 ? undefined : { condition: "RecordAgeExceeded", count };
  }

  function warn(message: string, piece: Piece, reason: string): void {
    const about = { function: mapping.functionName, source: mapping.sourceArn, records: piece.records.length };
    context.log("eventsources", { level: "WARN", message, reason, ...about });
  }

  /** Until the destination has it: a batch that is gone without a trace would be worse than one that waits. */
  async function discard(
    shardId: string,
    piece: Piece,
    condition: Condition,
    functionError: string | null,
  ): Promise<boolean> {
    const { records, invocations } = piece;
    for (let failures = 0; !waits.stopping; failures++) {
      try {
        await discarded.report({ shardId, records, condition, invocations, functionError });
        complaints.fine();
        warn("A batch was discarded.", piece, condition);
        return true;
      } catch (error) {
        complaints.trouble(error);
        await waits.pause(backOff(failures));
      }
    }
    return false;
  }

  return {
    async run(shardId, records, done) {
      const pieces: Piece[] = [{ records, failures: 0, invocations: 0 }];
      let functionError: string | null = null;
      const advance = (finished: readonly FetchedRecord[]) => {
        const last = finished.at(-1);
        if (last !== undefined) done(last);
      };
      for (let piece = pieces.shift(); piece !== undefined && !waits.stopping; piece = pieces.shift()) {
        const lost = givenUp(piece);
        if (lost !== undefined) {
          const gone = { ...piece, records: piece.records.slice(0, lost.count) };
          if (await discard(shardId, gone, lost.condition, functionError)) advance(gone.records);
          if (lost.count < piece.records.length) pieces.unshift({ ...piece, records: piece.records.slice(lost.count) });
          continue;
        }
        // While the disk takes nothing no function could do its work, and a failure would count as a try.
        await context.state.storage.writable();
        if (waits.stopping) return;
        const outcome = await attempt(piece);
        const next = nextAfter(piece, outcome, mapping.bisects);
        advance(next.done);
        pieces.unshift(...next.pieces);
        if (outcome.kind === "done") continue;
        functionError = outcome.kind === "failed" ? outcome.functionError : null;
        warn("A batch failed.", piece, outcome.kind === "failed" ? outcome.reason : "batchItemFailures");
        await waits.pause(backOff(next.pieces[0]?.failures ?? 0));
      }
    },
  };
}
