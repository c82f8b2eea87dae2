import type { Clock } from "../part.ts";
import type { Fault } from "./protocol.ts";
import type { Job, Outcome, Sandbox, SandboxEvents, SandboxSpec } from "./sandbox.ts";
import { openSandbox } from "./sandbox.ts";

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

interface Idle {
  readonly sandbox: Sandbox;
  readonly cancel: () => void;
}

/** Counts executions under way; hands a free place to whoever has waited longest. */
function openGate(clock: Clock, places: number, waitMs: number) {
  let taken = 0;
  const waiting: ((entered: boolean) => void)[] = [];
  const wait = (): Promise<boolean> =>
    new Promise((resolve) => {
      const enter = (entered: boolean): void => {
        cancel();
        resolve(entered);
      };
      const cancel = clock.after(waitMs, () => {
        waiting.splice(waiting.indexOf(enter), 1);
        resolve(false);
      });
      waiting.push(enter);
    });
  return {
    enter: async (): Promise<boolean> => {
      if (places === 0) return false;
      if (taken >= places) return wait();
      taken += 1;
      return true;
    },
    leave: (): void => {
      const next = waiting.shift();
      if (next === undefined) taken -= 1;
      else next(true);
    },
    close: (): void => {
      for (const refuse of waiting.splice(0)) refuse(false);
    },
  };
}

export function openPool(
  clock: Clock,
  spec: SandboxSpec,
  limits: PoolLimits,
  events: Omit<SandboxEvents, "ended">,
): Pool {
  const gate = openGate(clock, limits.concurrency, limits.throttleAfterMs);
  const open = new Set<Sandbox>();
  const idle: Idle[] = [];
  let closed = false;

  const forget = (sandbox: Sandbox): void => {
    open.delete(sandbox);
    const at = idle.findIndex((entry) => entry.sandbox === sandbox);
    if (at >= 0) for (const entry of idle.splice(at, 1)) entry.cancel();
  };
  const create = (): Sandbox => {
    const sandbox: Sandbox = openSandbox(spec, { ...events, ended: () => forget(sandbox) });
    open.add(sandbox);
    return sandbox;
  };
  const takeWarm = (): Sandbox | undefined => {
    for (let entry = idle.pop(); entry !== undefined; entry = idle.pop()) {
      entry.cancel();
      if (entry.sandbox.alive()) return entry.sandbox;
    }
    return undefined;
  };
  const keepWarm = (sandbox: Sandbox): void => {
    if (closed || !sandbox.alive()) return;
    const cancel = clock.after(limits.idleMs, () => {
      forget(sandbox);
      void sandbox.kill(CLOSING);
    });
    idle.push({ sandbox, cancel });
  };
  const within = async (ms: number, sandbox: Sandbox, what: () => Promise<Outcome>): Promise<Outcome> => {
    const seconds = (ms / 1000).toFixed(2);
    const timedOut = fault("Sandbox.Timedout", `Task timed out after ${seconds} seconds`);
    const cancel = clock.after(ms, () => void sandbox.kill(timedOut));
    try {
      return await what();
    } finally {
      cancel();
    }
  };
  const runIn = async (job: Omit<Job, "remainingMs">): Promise<PoolOutcome> => {
    const warm = takeWarm();
    const sandbox = warm ?? create();
    const coldStart = warm === undefined;
    if (coldStart) {
      const ready = await within(limits.initMs, sandbox, () => sandbox.ready);
      if (!ready.ok) return { outcome: ready, coldStart };
    }
    const whole = { ...job, remainingMs: limits.timeoutMs };
    const outcome = await within(limits.timeoutMs, sandbox, () => sandbox.run(whole));
    keepWarm(sandbox);
    return { outcome, coldStart };
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
      for (const entry of idle.splice(0)) entry.cancel();
      await Promise.all([...open].map((sandbox) => sandbox.kill(CLOSING)));
    },
  };
}
