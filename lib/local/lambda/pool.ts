import type { Clock } from "../part.ts";
import { openGate } from "./gate.ts";
import type { Fault } from "./protocol.ts";
import type { Job, Outcome, Sandbox, SandboxEvents, SandboxSpec } from "./sandbox.ts";
import { openSandbox } from "./sandbox.ts";
import { keepSandboxesWarm } from "./warm.ts";

/** How long things may take; the defaults are Lambda's. */
export interface PoolLimits {
  readonly concurrency: number;
  readonly timeoutMs: number;
  /** How long an invocation waits for a free environment before it is throttled. */
  readonly throttleAfterMs: number;
  /** How long loading the bundle may take before the function's own time begins. */
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

/** Runs one phase of a sandbox, and ends the sandbox if the phase takes longer than that. */
async function within(clock: Clock, ms: number, sandbox: Sandbox, phase: () => Promise<Outcome>): Promise<Outcome> {
  const timedOut = fault("Sandbox.Timedout", `Task timed out after ${(ms / 1000).toFixed(2)} seconds`);
  const cancel = clock.after(ms, () => void sandbox.kill(timedOut));
  try {
    return await phase();
  } finally {
    cancel();
  }
}

export function openPool(
  clock: Clock,
  spec: SandboxSpec,
  limits: PoolLimits,
  events: Omit<SandboxEvents, "ended">,
): Pool {
  const gate = openGate(clock, limits.concurrency, limits.throttleAfterMs);
  const open = (ended: () => void): Sandbox => openSandbox(spec, { ...events, ended });
  const sandboxes = keepSandboxesWarm(clock, limits.idleMs, CLOSING, open);
  let closed = false;

  const runIn = async (job: Omit<Job, "remainingMs">): Promise<PoolOutcome> => {
    const { sandbox, isNew } = sandboxes.take();
    if (isNew) {
      const ready = await within(clock, limits.initMs, sandbox, () => sandbox.ready);
      if (!ready.ok) return { outcome: ready, coldStart: true };
    }
    const whole = { ...job, remainingMs: limits.timeoutMs };
    const outcome = await within(clock, limits.timeoutMs, sandbox, () => sandbox.run(whole));
    sandboxes.keep(sandbox);
    return { outcome, coldStart: isNew };
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
