import { expect, test } from "@jest/globals";
import { collectGarbageWhenIdle } from "@slipway/local-aws/kernel/garbage";
import { manualClock } from "../support/clocks.ts";

const idle = (ms: number): Promise<void> => new Promise((resume) => setTimeout(resume, ms));
const litter = (): WeakRef<object> => new WeakRef(Array.from({ length: 2_000_000 }, (_, n) => ({ n })));

test("garbage is collected in a quiet moment", async () => {
  const clock = manualClock();
  const end = collectGarbageWhenIdle(clock);
  const left = litter();
  // A weak reference that was looked at is kept until the end of the job.
  await idle(0);
  await idle(2000);
  clock.advance(10_000);
  await idle(0);
  expect(left.deref()).toBeUndefined();
  end();
});
