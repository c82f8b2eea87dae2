import type { Worker } from "node:worker_threads";

interface Waiting<Progress> {
  /** The progress before the worker has told any. */
  readonly first: Progress;
  readonly isDone: (progress: Progress) => boolean;
  /** In ms of processor time of this process, in which nothing else runs: on a busy machine a second lasts longer. */
  readonly limitMs: number;
}

/** What a worker told last: that it is done, or what it did not end in time. Ends the worker. */
export async function lastProgress<Progress>(
  worker: Worker,
  { first, isDone, limitMs }: Waiting<Progress>,
): Promise<Progress> {
  let last = first;
  let since = process.cpuUsage();
  // It has to load everything first.
  let limit = 6 * limitMs;
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((done, fail) => {
    timer = setInterval(() => {
      const { user, system } = process.cpuUsage(since);
      if ((user + system) / 1000 > limit) done();
    }, 200);
    worker.on("error", fail);
    worker.on("message", (progress: Progress) => {
      last = progress;
      since = process.cpuUsage();
      limit = limitMs;
      if (isDone(progress)) done();
    });
  }).finally(() => clearInterval(timer));
  await worker.terminate();
  return last;
}
