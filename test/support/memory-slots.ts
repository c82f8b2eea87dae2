import { candidates } from "../../lib/adapters/dynamodb/slot-candidates.ts";
import type { Slots } from "../../lib/core/ports/infrastructure.ts";

const longestLeaseSeconds = 120;

/** Slots in memory. */
export function memorySlots(nowSeconds: () => number): Slots & { readonly taken: () => number } {
  const slots = new Map<string, { lease: string; until: number }>();
  let leases = 0;
  return {
    taken: () => slots.size,
    take: async (request) => {
      const now = nowSeconds();
      const key = candidates(request).find((candidate) => {
        const until = slots.get(candidate)?.until ?? now;
        return until <= now || until > now + longestLeaseSeconds;
      });
      if (key === undefined) return null;
      const lease = `lease ${++leases}`;
      slots.set(key, { lease, until: now + request.leaseSeconds });
      return { key, lease };
    },
    free: async ({ key, lease }) => {
      if (slots.get(key)?.lease === lease) slots.delete(key);
    },
  };
}
