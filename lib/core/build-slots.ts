import * as z from "zod";

const slotSchema = z.object({ deployment_id: z.number().int().positive(), attempt: z.number().int().positive() });
/** What a build of one attempt occupies from before it is started until it has ended. */
export type Slot = z.infer<typeof slotSchema>;

/**
 * Which builds run in the whole installation, and which wait for one of them to end, in the order in which their
 * deployments were asked for. Pure; the row it lives in is written on the condition that its version has not changed.
 */
export const buildSlotsSchema = z.object({
  running: z.array(slotSchema),
  waiting: z.array(slotSchema),
  version: z.number().int(),
});
export type BuildSlots = z.infer<typeof buildSlotsSchema>;

export const noBuilds: BuildSlots = { running: [], waiting: [], version: 0 };

export interface SlotAnswer {
  readonly outcome: "granted" | "waiting";
  /** As they are afterwards; the same object where nothing changed. */
  readonly slots: BuildSlots;
}

/** A build asks for one of `limit` slots. Asking again gives the same answer. Who asked earlier is not overtaken. */
export function takeSlot(slots: BuildSlots, slot: Slot, limit: number): SlotAnswer {
  if (slots.running.some(sameAs(slot))) return { outcome: "granted", slots };
  const isKnown = slots.waiting.some(sameAs(slot));
  const waiting = isKnown ? slots.waiting : [...slots.waiting, slot].sort(byAge);
  if (waiting.findIndex(sameAs(slot)) >= limit - slots.running.length) {
    return { outcome: "waiting", slots: isKnown ? slots : { ...slots, waiting, version: slots.version + 1 } };
  }
  const granted = { running: [...slots.running, slot], waiting: waiting.filter(unlike(slot)) };
  return { outcome: "granted", slots: { ...granted, version: slots.version + 1 } };
}

/** A build has ended, or will never be started. Who waits is not granted anything by this: they are notified to ask again. */
export function freeSlots(slots: BuildSlots, gone: readonly Slot[]): BuildSlots {
  const left = (list: readonly Slot[]): Slot[] => list.filter((one) => !gone.some(sameAs(one)));
  const [running, waiting] = [left(slots.running), left(slots.waiting)];
  const isSame = running.length === slots.running.length && waiting.length === slots.waiting.length;
  return isSame ? slots : { running, waiting, version: slots.version + 1 };
}

/** Those of the waiting who would be granted a slot if they asked now. */
export const nextInLine = ({ running, waiting }: BuildSlots, limit: number): readonly Slot[] =>
  waiting.slice(0, Math.max(0, limit - running.length));

const sameAs = (slot: Slot) => (other: Slot) =>
  other.deployment_id === slot.deployment_id && other.attempt === slot.attempt;
const unlike = (slot: Slot) => (other: Slot) => !sameAs(slot)(other);
const byAge = (one: Slot, other: Slot): number =>
  one.deployment_id - other.deployment_id || one.attempt - other.attempt;
