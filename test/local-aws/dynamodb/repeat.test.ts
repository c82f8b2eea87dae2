import { expect, test } from "@jest/globals";
import { unwatchedStorage } from "@slipway/local-aws/kernel/storage";
import { repeat } from "@slipway/local-aws/services/dynamodb/repeat";

test("a task that failed runs again", async () => {
  let due: (() => void) | undefined;
  const after = (_ms: number, run: () => void) => {
    due = run;
    return () => undefined;
  };
  let runs = 0;
  const failures: unknown[] = [];
  const task = async (): Promise<void> => {
    runs += 1;
    if (runs === 1) throw new Error("once");
  };
  const clock = { now: () => 0, elapsed: () => 0, after };
  const stop = repeat(clock, 1000, unwatchedStorage(), task, (error) => void failures.push(error));
  for (let turn = 1; turn <= 3; turn++) {
    due?.();
    await new Promise((resume) => setImmediate(resume));
    expect(runs).toBe(turn);
  }
  expect(failures).toEqual([new Error("once")]);
  await stop();
});
