import type { Delivery, DeliveryKey } from "../notices/delivery.ts";

/** How far each delivery of a notice is. Forgotten after 14 days, which is longer than a message lives. */
export interface Deliveries {
  /** Strongly consistent. `null`: nobody has tried yet. */
  get(key: DeliveryKey): Promise<Delivery | null>;
  /** Writes the version after the one that was read. `false`: somebody else was quicker. */
  replace(next: Delivery, now: string): Promise<boolean>;
}
