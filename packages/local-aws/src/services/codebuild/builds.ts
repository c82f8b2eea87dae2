import type { LocalContext } from "../../kernel/part.ts";
import type { BuildStore } from "./build-store.ts";
import { type Execution, type ExecutionOptions, execute } from "./execution.ts";
import { removeLeftovers } from "./leftovers.ts";
import type { Build } from "./records.ts";

/** Runs builds: a limited number at once, the others wait in the order in which they came. */
export interface Builds {
  /** How many run, and how many wait. */
  load(): { readonly running: number; readonly queued: number };
  /** Has a submitted build run as soon as there is room. */
  enqueue(build: Build): void;
  /** Stops a build, running or waiting; one that is over stays as it is. */
  stop(id: string, status: "STOPPED" | "TIMED_OUT"): void;
  /** Begins to run builds; before that they wait. */
  start(): void;
  /** Ends all processes; what ran or waited stays on record as it was. */
  close(): Promise<void>;
}

const MINUTE_MS = 60_000;

export function createBuilds(
  context: LocalContext,
  options: ExecutionOptions,
  buildStore: BuildStore,
  limit: number,
): Builds {
  const running = new Map<string, Execution>();
  const queued: Build[] = [];
  const timers = new Map<string, () => void>();
  let open = false;
  /** Some build ended early, and may have left parts of an image. */
  let isUntidy = false;

  /** Runs when the time is over that a build may wait or take; replaces the one before. */
  const setTimer = (id: string, minutes: number): void => {
    timers.get(id)?.();
    timers.set(
      id,
      context.clock.after(minutes * MINUTE_MS, () => stop(id, "TIMED_OUT")),
    );
  };
  const clearTimer = (id: string): void => {
    timers.get(id)?.();
    timers.delete(id);
  };

  const begin = (build: Build): void => {
    buildStore.end(build.id, "SUCCEEDED");
    setTimer(build.id, build.timeoutInMinutes);
    const execution = execute(context, options, buildStore, build);
    running.set(build.id, execution);
    void execution.done.then(() => {
      running.delete(build.id);
      clearTimer(build.id);
      isUntidy ||= buildStore.get(build.id)?.status !== "SUCCEEDED";
      pump();
      tidy();
    });
  };

  const pump = (): void => {
    while (open && running.size < limit) {
      const build = queued.shift();
      if (build === undefined) return;
      begin(build);
    }
  };

  /** Who builds at the moment needs what else would be a leftover. */
  const tidy = (): void => {
    if (!open || !isUntidy || running.size > 0) return;
    removeLeftovers(context, options.tidyEngine);
    isUntidy = false;
  };

  const stop: Builds["stop"] = (id, status) => {
    const at = queued.findIndex((build) => build.id === id);
    if (at >= 0) {
      queued.splice(at, 1);
      clearTimer(id);
      buildStore.end(id, status);
      buildStore.complete(id, status);
    }
    running.get(id)?.stop(status);
  };

  return {
    load: () => ({ running: running.size, queued: queued.length }),
    enqueue: (build) => {
      queued.push(build);
      setTimer(build.id, build.queuedTimeoutInMinutes);
      pump();
    },
    stop,
    start: () => {
      open = true;
      pump();
    },
    close: async () => {
      open = false;
      for (const id of [...timers.keys()]) clearTimer(id);
      const executions = [...running.values()];
      for (const execution of executions) execution.stop(null);
      await Promise.all(executions.map(({ done }) => done));
    },
  };
}
