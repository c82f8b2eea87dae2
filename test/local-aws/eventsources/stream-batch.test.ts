import { expect, test } from "@jest/globals";
import type { LocalContext } from "@slipway/local-aws/kernel/part";
import { unwatchedStorage } from "@slipway/local-aws/kernel/storage";
import type { StreamMapping } from "@slipway/local-aws/services/eventsources/mapping";
import { createBatchRunner } from "@slipway/local-aws/services/eventsources/stream-batch";

const turn = () => new Promise((resume) => setImmediate(resume));

test("a batch waits while the disk takes nothing, instead of using up its retries", async () => {
  let free = (): void => undefined;
  let writable: Promise<void> = Promise.resolve();
  const storage = { ...unwatchedStorage(), writable: () => writable };
  const clock = { now: () => 0, elapsed: () => 0, after: () => () => undefined };
  const context = { clock, log: () => undefined, state: { storage } } as unknown as LocalContext;
  const mapping = { maximumRetryAttempts: 2, maximumRecordAgeMs: Number.POSITIVE_INFINITY } as StreamMapping;
  let calls = 0;
  const invoke = async () => {
    calls += 1;
    if (calls > 1) return { ok: true, payload: null } as const;
    writable = new Promise((resolve) => {
      free = resolve;
    });
    return { ok: false, errorType: "ServiceUnavailable", errorMessage: "The disk is full." } as const;
  };
  const discarded: unknown[] = [];
  const runner = createBatchRunner(context, mapping, {
    invoke: { invoke, invokeStreaming: invoke, roleOf: () => "" },
    discarded: { report: async (one: unknown) => void discarded.push(one), close: () => undefined },
    waits: { stopping: false, pause: async () => undefined, stop: () => undefined },
    complaints: { trouble: () => undefined, fine: () => undefined },
  });
  let done = 0;
  const running = runner.run("shard", [{ sequenceNumber: "1", created: 0, event: {} }], () => {
    done += 1;
  });
  for (let turns = 0; turns < 20; turns++) await turn();
  expect([calls, done]).toEqual([1, 0]);
  free();
  await running;
  expect([calls, done, discarded]).toEqual([2, 1, []]);
});
