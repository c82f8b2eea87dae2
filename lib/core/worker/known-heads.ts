import type { LogHead } from "../log/log.ts";
import type { LogStore } from "../ports/deployments.ts";

/** A log store that knows the heads that it put last. Others may have put more since: nothing can be put after an older head. */
export interface KnownHeads extends LogStore {
  /** `null`: it has to be read. */
  readonly known: (deploymentId: number) => LogHead | null;
}

/** More logs than a process writes to at a time. */
const mostHeads = 100;

/** `heads`: those that a process knows, by deployment. */
export function withKnownHeads(log: LogStore, heads = new Map<number, LogHead>()): KnownHeads {
  return {
    ...log,
    known: (id) => heads.get(id) ?? null,
    put: async (id, chunk) => {
      heads.delete(id);
      const isPut = await log.put(id, chunk);
      if (isPut) heads.set(id, chunk.head);
      const [oldest] = heads.size > mostHeads ? heads.keys() : [];
      if (oldest !== undefined) heads.delete(oldest);
      return isPut;
    },
  };
}
