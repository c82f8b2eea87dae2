import type { BuildSlots as Slots } from "../build-slots.ts";

/** Which builds of the installation run and wait: one row for all of them. */
export interface BuildSlots {
  /** Strongly consistent. */
  get(): Promise<Slots>;
  /** Writes the version after the one that was read. `false`: somebody else was quicker. */
  replace(next: Slots): Promise<boolean>;
}
