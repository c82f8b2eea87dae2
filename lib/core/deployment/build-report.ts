import type { BuildSeen } from "./event.ts";

/** What a build reported of itself. `ticket` is what it exchanges, once, for the token whose SHA-256 is `token_hash`. */
export interface BuildReport {
  readonly ticket: string;
  readonly token_hash: string | null;
  readonly created_at: string;
  readonly cloned: BuildSeen["cloned"];
  readonly step: BuildSeen["step"];
  readonly finished: BuildSeen["finished"];
}
