import { expect, test } from "@jest/globals";
import { unwatchedStorage } from "@slipway/local-aws/kernel/storage";
import type { StreamMapping } from "@slipway/local-aws/services/eventsources/mapping";
import { createBatchRunner } from "@slipway/local-aws/services/eventsources/stream-batch";
import { functions } from "../support/functions.ts";
import { startLocalAws } from "../support/local-aws.ts";

const turn = () => new Promise((resume) => setImmediate(resume));

test("a batch waits while the disk takes nothing, instead of using up its retries", async () => {
  let free = (): void => undefined;
  let writable: Promise<void> = Promise.resolve();
  const aws = await startLocalAws({ storage: { ...unwatchedStorage(), writable: () => writable } });
  const invoke = functions();
  invoke.on("rows-to-sockets", () => {
    if (invoke.calls.length > 1) return null;
    writable = new Promise((resolve) => {
      free = resolve;
    });
    throw new Error("The disk is full.");
  });
  const mapping = { functionName: "rows-to-sockets", maximumRetryAttempts: 2, maximumRecordAgeMs: Infinity };
  const discarded: unknown[] = [];
  const runner = createBatchRunner(aws.context, mapping as StreamMapping, {
    invoke,
    discarded: { report: async (one: unknown) => void discarded.push(one), close: () => undefined },
    waits: { stopping: false, pause: async () => undefined, stop: () => undefined },
    complaints: { trouble: () => undefined, fine: () => undefined },
  });
  let done = 0;
  const running = runner.run("shard", [{ sequenceNumber: "1", created: 0, event: {} }], () => {
    done += 1;
  });
  for (let turns = 0; turns < 20; turns++) await turn();
  expect([invoke.calls.length, done]).toEqual([1, 0]);
  free();
  await running;
  expect([invoke.calls.length, done, discarded]).toEqual([2, 1, []]);
  await aws.close();
});
