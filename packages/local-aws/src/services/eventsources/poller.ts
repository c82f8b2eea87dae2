import type { FunctionInvoker, InvocationResult, LocalContext } from "../../kernel/part.ts";

/** Polls one event source until it is stopped. */
export interface Poller {
  start(): void;
  /** Resolves at the end of what runs, or after two seconds. */
  stop(): Promise<void>;
}

/** Says each trouble of a mapping once, until it changes or is over. */
export interface Complaints {
  trouble(error: unknown): void;
  fine(): void;
}

/** Without trouble hidden: a missing grant stops a mapping for ever, so it is an error in the log of the local mode. */
export function createComplaints(context: LocalContext, about: Readonly<Record<string, string>>): Complaints {
  let last: string | undefined;
  return {
    trouble(error) {
      const message = String(error);
      if (message === last) return;
      last = message;
      context.log("eventsources", { level: "ERROR", message, ...about });
    },
    fine() {
      if (last !== undefined)
        context.log("eventsources", { level: "INFO", message: "The event source works again.", ...about });
      last = undefined;
    },
  };
}

/** Waits that end early when a poller stops. */
export interface Waits {
  readonly stopping: boolean;
  /** Resolves after `ms`, at once when stopping, or when what `early` is handed is called. */
  pause(ms: number, early?: (wake: () => void) => void): Promise<void>;
  stop(): void;
}

export function createWaits(context: LocalContext): Waits {
  const waiting = new Set<() => void>();
  let stopping = false;
  return {
    get stopping() {
      return stopping;
    },
    pause: (ms, early) =>
      new Promise((resolve) => {
        if (stopping) return resolve();
        const wake = () => {
          cancel();
          waiting.delete(wake);
          resolve();
        };
        const cancel = context.clock.after(ms, wake);
        waiting.add(wake);
        early?.(wake);
      }),
    stop() {
      stopping = true;
      for (const wake of [...waiting]) wake();
    },
  };
}

const LONGEST_BACK_OFF_MS = 5000;

/** Milliseconds before the attempt after `failures` in a row. */
export function backOff(failures: number): number {
  return Math.min(LONGEST_BACK_OFF_MS, 100 * 2 ** Math.min(failures, 10));
}

const STOP_MS = 2000;

/** Waits for `running`, but no longer than a stop may take. */
export async function settled(context: LocalContext, running: readonly Promise<unknown>[]): Promise<void> {
  let cancel = () => {};
  const late = new Promise<void>((resolve) => {
    cancel = context.clock.after(STOP_MS, resolve);
  });
  await Promise.race([Promise.allSettled(running), late]);
  cancel();
}

/** An invoker that rejects is a function that failed: a poller never ends for it. */
export async function invoked(invoker: FunctionInvoker, name: string, event: unknown): Promise<InvocationResult> {
  try {
    return await invoker.invoke(name, event);
  } catch (error) {
    return { ok: false, errorType: "InvocationFailed", errorMessage: String(error) };
  }
}
