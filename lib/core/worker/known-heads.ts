import type { LogHead } from "../log/log.ts";
import type { LogStore } from "../ports/deployments.ts";

/** A log store that knows the head that it put last. Others may have put more since: nothing can be put after an older head. */
export interface KnownHeads extends LogStore {
  /** `null`: it has to be read. */
  readonly known: (deploymentId: number) => LogHead | null;
}

export function withKnownHeads(log: LogStore): KnownHeads {
  const heads = new Map<number, LogHead>();
  return {
    ...log,
    known: (id) => heads.get(id) ?? null,
    put: async (id, chunk) => {
      heads.delete(id);
      const isPut = await log.put(id, chunk);
      if (isPut) heads.set(id, chunk.head);
      return isPut;
    },
  };
}
