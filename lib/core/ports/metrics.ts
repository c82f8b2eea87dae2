import type { DeploymentOutcome } from "../metrics/outcome.ts";

/** How deployments ended, kept for as long as metrics look back. */
export interface Outcomes {
  /** Stores one; the same again changes nothing, in whatever order they come. */
  record(outcome: DeploymentOutcome): Promise<void>;
  /** Those of an app that ended at `since` or later, in the order in which they ended. Strongly consistent. */
  list(appId: number, since: string): Promise<readonly DeploymentOutcome[]>;
}
