import type { Random } from "./random.ts";
import type { Trace } from "./trace.ts";

/** One run of a function, which may be held at each call and may die there. */
export interface Actor {
  readonly name: string;
  readonly startedAt: number;
  /** From when on it is ended, in milliseconds; infinite for people and builds, who have no time-out. */
  readonly endsAt: number;
  /** Which faults may meet its calls. */
  readonly mortal: boolean;
  dead: boolean;
  /** Called when it was ended from outside. */
  readonly ended: () => void;
}

interface Held {
  readonly actor: Actor;
  readonly label: string;
  /** It stalls until then: whoever called may have lost a lease meanwhile. */
  readonly from: number;
  readonly go: () => void;
  /** Lets the call take effect without anybody there to learn of it. */
  readonly land: () => void;
}

interface Due {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** What may go wrong, and how often. */
export interface Faults {
  /** Whether this fault happens now. Asked at each opportunity, in the same order for the same seed. */
  happens(kind: FaultKind): boolean;
}
export type FaultKind =
  | "crash_before"
  | "crash_after"
  | "error_before"
  | "error_after"
  | "late"
  | "pause"
  | "stall"
  | "stall_outside"
  | "crash_outside"
  | "clock_jumps"
  | "message_lost"
  | "message_doubled"
  | "message_delayed"
  | "delivery_lost"
  | "delivery_delayed"
  | "delivery_doubled"
  | "git_unreachable"
  | "socket_unreachable"
  | "socket_gone"
  | "report_again"
  | "builds_full"
  | "index_lags";

/**
 * A cooperative scheduler: every call to a port is held until the seed picks it, so that all functions, builds, viewers
 * and people interleave at every call. Time passes only here; nothing waits for a real timer.
 */
export class Scheduler {
  /** Milliseconds that really passed. Nobody in the simulated system sees this. */
  time = 0;
  steps = 0;
  readonly #random: Random;
  readonly #faults: Faults;
  readonly #trace: Trace;
  readonly #held: Held[] = [];
  readonly #due: Due[] = [];
  #orders = 0;
  /** Checked after each step. */
  watch: () => void = () => {};

  constructor(random: Random, faults: Faults, trace: Trace) {
    this.#random = random;
    this.#faults = faults;
    this.#trace = trace;
  }

  /** Has something begin later. */
  after(milliseconds: number, run: () => void): void {
    const due = { at: this.time + milliseconds, order: this.#orders++, run };
    let index = this.#due.length;
    while (index > 0 && isBefore(due, this.#due[index - 1])) index -= 1;
    this.#due.splice(index, 0, due);
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.after(milliseconds, resolve));
  }

  /** A call of an actor to the outside: held, perhaps met by a fault, and carried out. */
  async call<T>(actor: Actor, label: string, run: () => T | Promise<T>): Promise<T> {
    if (!actor.dead) await this.#hold(actor, label, run);
    if (actor.dead) return new Promise(() => {});
    if (actor.mortal && this.#faults.happens("crash_before")) return this.#crash(actor, `before ${label}`);
    if (actor.mortal && this.#faults.happens("error_before")) return this.#fail(actor, label, "did not get through");
    this.#trace.add(this.time, actor.name, label);
    const answer = await run();
    if (actor.mortal && this.#faults.happens(isOutside(label) ? "crash_outside" : "crash_after"))
      return this.#crash(actor, `after ${label}`);
    if (actor.mortal && this.#faults.happens("error_after")) return this.#fail(actor, label, "was not answered");
    if (actor.mortal && this.#faults.happens("late")) await this.#hold(actor, `${label}, answered late`, () => {});
    return answer;
  }

  #hold(actor: Actor, label: string, run: () => unknown): Promise<void> {
    const stalls = actor.mortal && this.#faults.happens(isOutside(label) ? "stall_outside" : "stall");
    const from = stalls ? this.time + this.#random.between(5, 90) * 1000 : this.time;
    if (stalls)
      this.#trace.add(
        this.time,
        actor.name,
        () => `STALLS before ${label} for ${((from - this.time) / 1000).toFixed(1)} s`,
      );
    return new Promise((go) => {
      // Nobody is left to hear of an error.
      const land = () => void (async () => run())().catch(() => {});
      this.#held.push({ actor, label, from, go, land });
    });
  }

  /** Nothing of it goes on, no `catch` and no `finally`: its promise never settles. */
  #crash(actor: Actor, where: string): Promise<never> {
    this.#trace.add(this.time, actor.name, `CRASHES ${where}`);
    actor.dead = true;
    actor.ended();
    return new Promise(() => {});
  }

  #fail(actor: Actor, label: string, how: string): never {
    this.#trace.add(this.time, actor.name, `FAILS: ${label} ${how}`);
    throw new Error(`${label} ${how}.`);
  }

  /** Goes on until nothing is held and nothing is due before `until`, or `over` says so. */
  async run(until: number, over: () => boolean): Promise<void> {
    for (;;) {
      await settled();
      if (over()) return;
      this.#endOverdue();
      this.watch();
      if (this.#held.some(({ from }) => from <= this.time)) this.#step();
      else if (!this.#wait(until)) return;
      this.steps += 1;
    }
  }

  /** Nobody can go on: the time of whatever comes next comes. `false`: nothing does before `until`. */
  #wait(until: number): boolean {
    const due = this.#due[0]?.at ?? Number.POSITIVE_INFINITY;
    const next = this.#held.reduce((soonest, { from, actor }) => Math.min(soonest, from, actor.endsAt), due);
    if (next > until) return false;
    this.time = Math.max(this.time, next);
    if (due <= this.time) this.#begin();
    return true;
  }

  #step(): void {
    if (this.#faults.happens("pause")) {
      const seconds = this.#random.between(10, 100);
      this.#trace.add(this.time, "time", `passes: ${seconds.toFixed(1)} s`);
      this.time += seconds * 1000;
    } else if (this.#random.chance(0.1)) this.time += this.#random.between(0, 400);
    const isDue = (this.#due[0]?.at ?? Number.POSITIVE_INFINITY) <= this.time;
    if (isDue && this.#random.chance(0.3)) {
      this.#begin();
      return;
    }
    const able = this.#held.filter(({ from }) => from <= this.time);
    const picked = able[this.#random.below(able.length)];
    if (picked === undefined) return;
    this.#held.splice(this.#held.indexOf(picked), 1);
    picked.go();
    this.time += 1;
  }

  #begin(): void {
    this.#due.shift()?.run();
  }

  /** Lambda ends whoever takes too long. A call that is on its way may still arrive. */
  #endOverdue(): void {
    for (let index = this.#held.length - 1; index >= 0; index--) {
      const held = this.#held[index];
      if (held === undefined || held.actor.endsAt > this.time) continue;
      this.#held.splice(index, 1);
      const lands = !held.actor.dead && this.#random.chance(0.5);
      this.#trace.add(
        this.time,
        held.actor.name,
        `IS ENDED at its time-out, ${lands ? "after" : "before"} ${held.label}`,
      );
      if (lands) held.land();
      if (held.actor.dead) continue;
      held.actor.dead = true;
      held.actor.ended();
    }
  }
}

/** What changes something outside our tables, where nothing is conditional: worth more faults than anything else. */
const isOutside = (label: string): boolean =>
  /^(ecs|codebuild|elb)\.(Create|Update|Delete|Stop|Start|Continue)/.test(label);

const isBefore = (one: Due, other: Due | undefined): boolean =>
  other !== undefined && (one.at < other.at || (one.at === other.at && one.order < other.order));

/** All promises that can go on have gone on: a turn of the event loop, which is no timer, comes after all of them. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
