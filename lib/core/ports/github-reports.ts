import type { Report, ReportKey } from "../notices/channels/github-report.ts";

/** How far GitHub has been told of each deployment. Forgotten after 90 days. */
export interface GitHubReports {
  /** Strongly consistent. `null`: nobody has told it anything. */
  get(key: ReportKey): Promise<Report | null>;
  /** Writes the version after the one that was read. `false`: somebody else was quicker. */
  replace(next: Report, now: string): Promise<boolean>;
  /** Whether a commit's status is this deployment's to set: no later deployment of the app has set it. From now on no earlier one may. */
  takeCommit(appId: number, commit: string, deploymentId: number, now: string): Promise<boolean>;
}
