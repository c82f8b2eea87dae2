import type { BuildSeen } from "../deployment/event.ts";

export interface BuildReport {
  readonly ticket: string;
  readonly token_hash: string | null;
  readonly created_at: string;
  readonly cloned: BuildSeen["cloned"];
  readonly step: BuildSeen["step"];
  readonly finished: BuildSeen["finished"];
}

/** What a build reported of itself. One record for each attempt of a deployment. */
export interface BuildReports {
  /** Makes the record with a ticket; if there is one already, that one is answered. */
  open(deploymentId: number, attempt: number, ticket: string, now: string): Promise<BuildReport>;
  get(deploymentId: number, attempt: number): Promise<BuildReport | null>;
  /** Exchanges the ticket for a token, once; the same token again is fine. `false`: refused. */
  claim(deploymentId: number, attempt: number, ticket: string, tokenHash: string): Promise<boolean>;
  /** Adds to what is known. `finished` stands once it is written. */
  report(
    deploymentId: number,
    attempt: number,
    progress: Partial<Pick<BuildReport, "cloned" | "step" | "finished">>,
  ): Promise<void>;
}
