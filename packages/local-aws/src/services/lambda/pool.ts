import type { Clock } from "../../kernel/clock.ts";
import { openGate } from "./gate.ts";
import type { Fault } from "./protocol.ts";
import { type Job, type Outcome, openSandbox, type Sandbox, type SandboxEvents, type SandboxSpec } from "./sandbox.ts";
import type { Starts } from "./starts.ts";
import { keepSandboxesWarm } from "./warm.ts";

/** How long things may take; the defaults are Lambda's. */
export interface PoolLimits {
  readonly concurrency: number;
  readonly timeoutMs: number;
  /** How long an invocation waits for a free environment before it is throttled. */
  readonly throttleAfterMs: number;
  /** How long loading the bundle may take of the environment's own time. */
  readonly initMs: number;
  /** How long an unused environment stays warm. */
  readonly idleMs: number;
}

interface PoolOutcome {
  readonly outcome: Outcome;
  readonly coldStart: boolean;
}

/** The execution environments of one function: one invocation at a time in each, warm ones first. */
export interface Pool {
  run(job: Omit<Job, "remainingMs">): Promise<PoolOutcome>;
  close(): Promise<void>;
}

const fault = (errorType: string, errorMessage: string): Fault => ({ errorType, errorMessage, stack: null });
const THROTTLED: Outcome = { ok: false, fault: fault("TooManyRequestsException", "Rate Exceeded.") };
const CLOSING = fault("ServiceException", "The function is being shut down.");
const timedOut = (ms: number): Fault =>
  fault("Sandbox.Timedout", `Task timed out after ${(ms / 1000).toFixed(2)} seconds`);

/** Runs one job, and ends its environment if it takes longer than that. */
async function within(clock: Clock, ms: number, sandbox: Sandbox, run: () => Promise<Outcome>): Promise<Outcome> {
  const cancel = clock.after(ms, () => void sandbox.kill(timedOut(ms)));
  try {
    return await run();
  } finally {
    cancel();
  }
}

/** How often the initialisation of an environment is asked how far it is, within its time. */
const POLLS = 20;

/**
 * Waits for an environment's initialisation, and ends it after `ms` of its own: time in which it computed or waited for
 * something. The time in which other threads had the processor is not counted, so no function is ended because its
 * neighbours are busy.
 */
async function initialised(clock: Clock, ms: number, sandbox: Sandbox): Promise<Outcome> {
  let cancel = (): void => undefined;
  let isOver = false;
  const poll = async (): Promise<void> => {
    if ((await sandbox.ownMs()) >= ms) await sandbox.kill(timedOut(ms));
    else if (!isOver) watch();
  };
  const watch = (): void => {
    cancel = clock.after(Math.ceil(ms / POLLS), () => void poll());
  };
  watch();
  try {
    return await sandbox.ready;
  } finally {
    isOver = true;
    cancel();
  }
}

export function openPool(
  clock: Clock,
  spec: SandboxSpec,
  limits: PoolLimits,
  starts: Starts,
  events: Omit<SandboxEvents, "ended">,
): Pool {
  const gate = openGate(clock, limits.concurrency, limits.throttleAfterMs);
  const sandboxes = keepSandboxesWarm({
    clock,
    starts,
    idleMs: limits.idleMs,
    closingFault: CLOSING,
    open: (ended) => openSandbox(spec, { ...events, ended }),
    initialise: (sandbox) => initialised(clock, limits.initMs, sandbox),
  });
  let closed = false;

  const runIn = async (job: Omit<Job, "remainingMs">): Promise<PoolOutcome> => {
    const taken = await sandboxes.take();
    if (!taken.ok) return { outcome: taken.outcome, coldStart: true };
    const { sandbox, isNew } = taken;
    const whole = { ...job, remainingMs: limits.timeoutMs };
    try {
      const outcome = await within(clock, limits.timeoutMs, sandbox, () => sandbox.run(whole));
      return { outcome, coldStart: isNew };
    } finally {
      sandboxes.keep(sandbox);
    }
  };

  return {
    run: async (job) => {
      if (closed) return { outcome: { ok: false, fault: CLOSING }, coldStart: false };
      if (!(await gate.enter())) return { outcome: THROTTLED, coldStart: false };
      try {
        return await runIn(job);
      } finally {
        gate.leave();
      }
    },
    close: async () => {
      closed = true;
      gate.close();
      await sandboxes.close();
    },
  };
}
