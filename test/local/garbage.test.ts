import { expect, test } from "@jest/globals";
import { collectGarbageWhenIdle } from "../../lib/local/garbage.ts";
import { ownedClock } from "./lambda/context.ts";

const busyMs = (ms: number): void => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};
const idle = (ms: number): Promise<void> => new Promise((resume) => setTimeout(resume, ms));
const litter = (): WeakRef<object> => new WeakRef(Array.from({ length: 5_000_000 }, (_, n) => ({ n })));

test("garbage is collected in a quiet moment, and not in a busy one", async () => {
  const clock = ownedClock();
  const end = collectGarbageWhenIdle(clock);
  const left = litter();
  // A weak reference that was looked at is kept until the end of the job.
  await idle(0);
  busyMs(500);
  clock.advance(10_000);
  await idle(2000);
  clock.advance(10_000);
  await idle(0);
  expect(left.deref()).toBeUndefined();
  end();
});
