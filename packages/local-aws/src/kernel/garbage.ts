import { performance } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Clock } from "./clock.ts";

/** How often it is judged whether now is a good moment. */
const JUDGED_MS = 10_000;
/** With that much of the last ten seconds to spare, a tenth of a second for a collection delays nobody. */
const BUSY = 0.5;
const MB = 1024 * 1024;
/** What the heap must have grown by since the last collection: in a quiet moment, and in any. */
const GROWN_BYTES = { quiet: 24 * MB, busy: 64 * MB };

/**
 * V8 collects when it needs room, not when it has time: what a burst left, and the room it took, stay for hours. Collects
 * this thread's garbage in quiet moments, and in others once it is much; worker threads that are started from now on find `gc` among their globals and see
 * to theirs. Answers how to end that.
 */
export function collectGarbageWhenIdle(clock: Clock): () => void {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  let before = performance.eventLoopUtilization();
  let left = 0;
  let cancel = (): void => undefined;
  const judge = (): void => {
    const { utilization } = performance.eventLoopUtilization(before);
    before = performance.eventLoopUtilization();
    const grown = process.memoryUsage().heapTotal - left;
    if (grown > (utilization < BUSY ? GROWN_BYTES.quiet : GROWN_BYTES.busy)) {
      collect();
      left = process.memoryUsage().heapTotal;
    }
    cancel = clock.after(JUDGED_MS, judge);
  };
  cancel = clock.after(JUDGED_MS, judge);
  return () => cancel();
}
