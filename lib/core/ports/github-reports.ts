import type { GitHubReport, GitHubReportKey } from "../notices/channels/github-report.ts";

/** How much has been reported to GitHub of each deployment. Forgotten after 90 days. */
export interface GitHubReports {
  /** Strongly consistent. `null`: nothing was reported to it. */
  get(key: GitHubReportKey): Promise<GitHubReport | null>;
  /** Writes the version after the one that was read. `false`: somebody else was quicker. */
  replace(next: GitHubReport, now: string): Promise<boolean>;
  /** Whether a commit's status is this deployment's to set: no later deployment of the app has set it. From now on no earlier one may. */
  takeCommit(appId: number, commit: string, deploymentId: number, now: string): Promise<boolean>;
}
