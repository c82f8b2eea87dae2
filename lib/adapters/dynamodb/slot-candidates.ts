import { createHash } from "node:crypto";
import type { SlotRequest } from "../../core/ports/infrastructure.ts";
import { requestKeys } from "./keys.ts";

/** The keys of the slots that a caller can have, in the order in which they are tried. */
export function candidates({ pool, size, share, caller }: SlotRequest): readonly string[] {
  const first = createHash("sha256").update(caller).digest().readUInt32BE(0);
  return Array.from(
    { length: Math.min(size, share) },
    (_, index) => requestKeys.slot(pool, (first + index) % size).key,
  );
}
