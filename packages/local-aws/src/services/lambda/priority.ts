import type { Clock } from "../../kernel/clock.ts";

/** Who goes first when there is more to run than the machine has processors for. */
export interface Priority {
  /** Somebody waits for the answer: runs at once. */
  foreground<T>(run: () => Promise<T>): Promise<T>;
  /**
   * A queue, a stream, a rule or a schedule. While somebody waits for an answer, only as many run at a time as there are
   * processors; while more wait than there are processors, one at a time, and a fifth of the time.
   */
  background<T>(run: () => Promise<T>): Promise<T>;
}

/** How long the background rests after an invocation while it is crowded, in multiples of what that one took. */
const REST_SHARE = 4;
const LONGEST_REST_MS = 15_000;

/**
 * On AWS an accepted webhook and the work that follows from it run on different machines. Here they share this one, and
 * what is only to be done soon must not keep what is to be answered now from its processor. It never stops altogether, so
 * that an endless flood of requests delays the work and does not starve it.
 */
class Turns implements Priority {
  readonly #processors: number;
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  #answering = 0;
  #working = 0;
  #isResting = false;

  constructor(processors: number, clock: Clock) {
    this.#processors = processors;
    this.#clock = clock;
  }

  async foreground<T>(run: () => Promise<T>): Promise<T> {
    this.#answering += 1;
    try {
      return await run();
    } finally {
      this.#answering -= 1;
      this.#admit();
    }
  }

  async background<T>(run: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      this.#admit();
    });
    const begun = this.#clock.elapsed();
    try {
      return await run();
    } finally {
      this.#working -= 1;
      this.#rest(this.#clock.elapsed() - begun);
      this.#admit();
    }
  }

  #isCrowded(): boolean {
    return this.#answering > this.#processors;
  }

  #places(): number {
    if (this.#answering === 0) return Number.POSITIVE_INFINITY;
    if (!this.#isCrowded()) return this.#processors;
    return this.#isResting ? 0 : 1;
  }

  #rest(workedMs: number): void {
    if (!this.#isCrowded() || this.#isResting) return;
    this.#isResting = true;
    this.#clock.after(Math.min(REST_SHARE * workedMs, LONGEST_REST_MS), () => {
      this.#isResting = false;
      this.#admit();
    });
  }

  #admit(): void {
    while (this.#waiting.length > 0 && this.#working < this.#places()) {
      this.#working += 1;
      this.#waiting.shift()?.();
    }
  }
}

export function openPriority(processors: number, clock: Clock): Priority {
  return new Turns(processors, clock);
}
