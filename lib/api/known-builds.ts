import type { LogHead } from "../core/log/log.ts";
import type { BuildOrder } from "../core/ports/builds.ts";

/** What a process that takes reports knows of a build from earlier ones. */
export interface KnownBuild {
  readonly app_id: number;
  /** A ticket is exchanged once, so that a build keeps its token. */
  readonly token_hash: string;
  /** The head of the deployment's log when this process took a report last; others may have put chunks since. `null`: not known. */
  readonly head: LogHead | null;
}

/** The builds whose reports a process took last. */
export interface KnownBuilds {
  get(order: BuildOrder): KnownBuild | undefined;
  set(order: BuildOrder, known: KnownBuild): void;
}

/** More than may report to one process at a time. */
const mostBuilds = 100;

/** Spares a build's next report the reads of its first. What must hold is held by what is written: a chunk is put only where none is. */
export function knownBuilds(): KnownBuilds {
  const builds = new Map<string, KnownBuild>();
  const keyOf = ({ deployment_id, attempt }: BuildOrder): string => `${deployment_id}#${attempt}`;
  return {
    get: (order) => builds.get(keyOf(order)),
    set: (order, known) => {
      builds.delete(keyOf(order));
      builds.set(keyOf(order), known);
      const [oldest] = builds.size > mostBuilds ? builds.keys() : [];
      if (oldest !== undefined) builds.delete(oldest);
    },
  };
}
