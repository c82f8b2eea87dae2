import type { Clock } from "../../kernel/clock.ts";
import { openEstimate } from "./estimate.ts";
import type { Fault } from "./protocol.ts";
import type { Outcome, Sandbox } from "./sandbox.ts";
import type { Starts } from "./starts.ts";

/** An execution environment to run in, or how its initialisation failed. */
type Taken =
  | { readonly ok: true; readonly sandbox: Sandbox; readonly isNew: boolean }
  | { readonly ok: false; readonly outcome: Outcome };

/** The open execution environments of a function, and which of them are free. */
export interface WarmSandboxes {
  /** A free one, the last used first; otherwise whichever is sooner: one that becomes free or a new one. */
  take(): Promise<Taken>;
  /** Gives one back; a living one is ended after `idleMs` without use, or after a quarter of that if there are others. */
  keep(sandbox: Sandbox): void;
  /** Ends all of them. */
  close(): Promise<void>;
}

export interface WarmSettings {
  readonly clock: Clock;
  readonly starts: Starts;
  readonly idleMs: number;
  /** What jobs under way end with. */
  readonly closingFault: Fault;
  /** Starts an environment and calls back once it has ended. */
  readonly open: (ended: () => void) => Sandbox;
  /** Waits until it is initialised. */
  readonly initialise: (sandbox: Sandbox) => Promise<Outcome>;
}

interface Idle {
  readonly sandbox: Sandbox;
  readonly cancel: () => void;
}

/** Of an initialisation before one was measured. */
const FIRST_GUESS_MS = 200;
/** How soon it is judged again whether another environment is worth its start. */
const JUDGED_AGAIN_MS = 50;

/** The part of `idleMs` for which all but one of a function stay unused. */
const SURPLUS_IDLE_SHARE = 0.25;

/** When all environments have been at their invocations for this long, they wait for something else than a processor. */
const LONG_MS = 2000;

class Environments implements WarmSandboxes {
  readonly #settings: WarmSettings;
  readonly #all = new Set<Sandbox>();
  readonly #idle: Idle[] = [];
  /** When each one that works was taken. */
  readonly #busy = new Map<Sandbox, number>();
  readonly #waiting: ((taken: Taken) => void)[] = [];
  readonly #initMs = openEstimate(FIRST_GUESS_MS);
  readonly #serviceMs = openEstimate(0);
  #asked = 0;
  #judging = false;
  #closed = false;

  constructor(settings: WarmSettings) {
    this.#settings = settings;
  }

  take(): Promise<Taken> {
    for (let entry = this.#idle.pop(); entry !== undefined; entry = this.#idle.pop()) {
      entry.cancel();
      if (entry.sandbox.alive()) return Promise.resolve(this.#handOver(entry.sandbox, false));
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#demand();
    });
  }

  keep(sandbox: Sandbox): void {
    const since = this.#busy.get(sandbox);
    this.#busy.delete(sandbox);
    if (since !== undefined) this.#serviceMs.add(this.#settings.clock.elapsed() - since);
    const isUsable = !this.#closed && sandbox.alive();
    const next = isUsable ? this.#waiting.shift() : undefined;
    if (next !== undefined) next(this.#handOver(sandbox, false));
    else if (isUsable) this.#rest(sandbox);
    else this.#demand();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const entry of this.#idle.splice(0)) entry.cancel();
    const { closingFault } = this.#settings;
    for (const refuse of this.#waiting.splice(0)) refuse({ ok: false, outcome: { ok: false, fault: closingFault } });
    await Promise.all([...this.#all].map((sandbox) => sandbox.kill(closingFault)));
  }

  #handOver(sandbox: Sandbox, isNew: boolean): Taken {
    this.#busy.set(sandbox, this.#settings.clock.elapsed());
    return { ok: true, sandbox, isNew };
  }

  #rest(sandbox: Sandbox): void {
    const { clock, idleMs, closingFault } = this.#settings;
    // While one waits already, another is what a burst has left.
    const keptMs = this.#idle.length === 0 ? idleMs : idleMs * SURPLUS_IDLE_SHARE;
    this.#idle.push({ sandbox, cancel: clock.after(keptMs, () => void sandbox.kill(closingFault)) });
  }

  #forget(sandbox: Sandbox): void {
    this.#all.delete(sandbox);
    this.#busy.delete(sandbox);
    const at = this.#idle.findIndex((entry) => entry.sandbox === sandbox);
    if (at >= 0) for (const entry of this.#idle.splice(at, 1)) entry.cancel();
    this.#demand();
  }

  /** Asks for as many starts as those who wait are worth. */
  #demand(): void {
    while (!this.#closed && this.#asked < Math.min(this.#waiting.length, this.#settings.starts.atOnce)) {
      if (!this.#worthAStart()) {
        this.#judgeAgain();
        return;
      }
      this.#asked += 1;
      this.#settings.starts.queue(() => this.#start());
    }
  }

  /** Whether the last in line would wait longer for the environments that there are than for a new one. */
  #worthAStart(): boolean {
    if (this.#busy.size === 0) return true;
    const now = this.#settings.clock.elapsed();
    const shortest = Math.min(...[...this.#busy.values()].map((since) => now - since));
    const { starts } = this.#settings;
    if (this.#busy.size > starts.atOnce && shortest < LONG_MS && starts.isSaturated()) return false;
    const each = Math.max(this.#serviceMs.value, shortest);
    return (this.#waiting.length * each) / this.#busy.size > this.#initMs.value;
  }

  #judgeAgain(): void {
    if (this.#judging) return;
    this.#judging = true;
    this.#settings.clock.after(JUDGED_AGAIN_MS, () => {
      this.#judging = false;
      this.#demand();
    });
  }

  async #start(): Promise<void> {
    // Meanwhile those who waited may have been served.
    if (!this.#closed && this.#waiting.length > 0 && this.#worthAStart()) await this.#open();
    this.#asked -= 1;
    this.#demand();
  }

  async #open(): Promise<void> {
    const { clock, open, initialise } = this.#settings;
    const begun = clock.elapsed();
    const sandbox: Sandbox = open(() => this.#forget(sandbox));
    this.#all.add(sandbox);
    const outcome = await initialise(sandbox);
    const next = this.#waiting.shift();
    if (outcome.ok) this.#initMs.add(clock.elapsed() - begun);
    if (!outcome.ok) next?.({ ok: false, outcome });
    else if (next !== undefined) next(this.#handOver(sandbox, true));
    else if (!this.#closed) this.#rest(sandbox);
  }
}

export function keepSandboxesWarm(settings: WarmSettings): WarmSandboxes {
  return new Environments(settings);
}
