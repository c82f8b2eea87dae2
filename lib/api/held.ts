import type { Principal } from "../core/access/principal.ts";
import type { Slot, Slots } from "../core/ports/infrastructure.ts";

export interface HeldDeps {
  readonly slots: Slots;
  /** How many answers may be held at the same time; 0: none. */
  readonly maxHeldReads: number;
}

/** More than an answer is held, or a log is streamed. */
const leaseSeconds = 65;

/**
 * A slot to hold an answer in, or to stream a log in; `null`: too many are taken, by this caller or in all. Each is an
 * invocation that runs for long, and all functions together have as many of those as the account allows. What one
 * caller waits for takes half of the slots at most.
 */
export async function takeHold(deps: HeldDeps, { id }: Principal, what: "wait" | "download"): Promise<Slot | null> {
  const size = deps.maxHeldReads;
  if (size === 0) return null;
  const share = what === "wait" ? Math.ceil(size / 2) : size;
  return deps.slots.take({ pool: "held_reads", size, share, caller: id, leaseSeconds });
}
