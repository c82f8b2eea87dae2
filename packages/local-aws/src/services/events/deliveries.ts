import { ageOf } from "../../kernel/age.ts";
import type { LocalContext } from "../../kernel/part.ts";
import { type Delivery, deliverySchema, type Target } from "./delivery.ts";
import { type Sender, Undeliverable } from "./sender.ts";

/** Delivers at least once, over kills: what was added is attempted until it arrived or its target's retry policy gives up. */
export interface Deliveries {
  /** On disk when it returns; attempted at once after `start`. */
  add(target: Target, input: string): void;
  /** Takes up what an earlier process left. */
  start(): void;
  /** Resolves when no attempt is running any more; the rest stays for the next start. */
  close(): Promise<void>;
}

export interface DeliveriesOptions {
  /** Of the state's collection. */
  readonly name: string;
  /** The log stream. */
  readonly stream: string;
  readonly sender: Sender;
}

const CONCURRENT_ATTEMPTS = 16;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 30_000;

export function createDeliveries(context: LocalContext, { name, stream, sender }: DeliveriesOptions): Deliveries {
  const recorded = context.state.collection(name, deliverySchema);
  const due: Delivery[] = [];
  const running = new Set<Promise<void>>();
  const timers = new Set<() => void>();
  let phase: "idle" | "open" | "closed" = "idle";
  let sequence = 0;

  function enqueue(delivery: Delivery): void {
    due.push(delivery);
    pump();
  }

  function pump(): void {
    while (phase === "open" && running.size < CONCURRENT_ATTEMPTS) {
      const next = due.shift();
      if (next === undefined) return;
      const attempt = deliver(next).finally(() => {
        running.delete(attempt);
        pump();
      });
      running.add(attempt);
    }
  }

  async function deliver(delivery: Delivery): Promise<void> {
    try {
      await context.state.storage.writable();
      await sender.send(delivery.target, delivery.input);
      recorded.delete(delivery.id);
    } catch (error) {
      failed(delivery, error);
    }
  }

  function failed(delivery: Delivery, error: unknown): void {
    const { target, attempts, since } = delivery;
    const tooOld = ageOf(context.clock, since) >= target.maximumEventAgeInSeconds * 1000;
    const givenUp = error instanceof Undeliverable || tooOld || attempts >= target.maximumRetryAttempts;
    const level = givenUp ? "ERROR" : "WARN";
    context.log(stream, { level, message: "A delivery failed.", target: target.arn, attempts, error: String(error) });
    if (givenUp) abandon(delivery);
    else retry(delivery);
  }

  function retry(delivery: Delivery): void {
    const again = { ...delivery, attempts: delivery.attempts + 1 };
    recorded.put(again.id, again);
    later(Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** delivery.attempts), () => enqueue(again));
  }

  /** To the dead-letter queue where there is one, under the same id: no kill in between loses it. */
  function abandon(delivery: Delivery): void {
    const { deadLetterArn, messageGroupId: _group, ...target } = delivery.target;
    if (deadLetterArn === undefined) {
      recorded.delete(delivery.id);
      return;
    }
    const letter = { ...delivery, target: { ...target, arn: deadLetterArn }, attempts: 0, since: context.clock.now() };
    recorded.put(letter.id, letter);
    enqueue(letter);
  }

  function later(ms: number, run: () => void): void {
    if (phase !== "open") return;
    const cancel = context.clock.after(ms, () => {
      timers.delete(cancel);
      run();
    });
    timers.add(cancel);
  }

  return {
    add(target, input) {
      const since = context.clock.now();
      sequence += 1;
      const order = `${String(since).padStart(15, "0")}-${String(sequence).padStart(9, "0")}`;
      const delivery = { id: `${order}-${context.randomHex(8)}`, target, input, since, attempts: 0 };
      recorded.put(delivery.id, delivery);
      if (phase === "open") enqueue(delivery);
    },
    start() {
      phase = "open";
      due.push(...recorded.all());
      pump();
    },
    async close() {
      phase = "closed";
      for (const cancel of timers) cancel();
      await Promise.allSettled(running);
      sender.close();
    },
  };
}
