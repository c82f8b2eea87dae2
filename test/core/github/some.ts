import { octokitGitHub } from "../../../lib/adapters/github/octokit.ts";
import type { GitHubDeps } from "../../../lib/core/notices/sending/deps.ts";
import { memoryGitHubApps, memoryGitHubReports } from "../../support/memory-github.ts";

/** A GitHub without an app: nothing is reported. */
export const noGitHub = (): GitHubDeps => ({
  url: "https://github.com",
  isConnected: async () => false,
  api: octokitGitHub({ apps: memoryGitHubApps(), apiUrl: "https://api.github.com", nowSeconds: () => 0 }),
  reports: memoryGitHubReports(),
});
