import type { GitToken } from "../../lib/core/app-repository.ts";
import type { GitHubApp } from "../../lib/core/github/app.ts";
import type { GitHubReport, GitHubReportKey } from "../../lib/core/notice/github-report.ts";
import type { GitTokens, RepositoryAccess } from "../../lib/core/ports/git.ts";
import type { GitHubApps } from "../../lib/core/ports/github.ts";
import type { GitHubReports } from "../../lib/core/ports/notices.ts";

export function memoryGitHubApps(first: GitHubApp | null = null): GitHubApps {
  let kept = first;
  return {
    get: async () => kept,
    create: async (app) => {
      if (kept !== null) return false;
      kept = app;
      return true;
    },
    remove: async () => {
      const there = kept !== null;
      kept = null;
      return there;
    },
  };
}

/** Git tokens by their apps, in a map that a test may look into. */
export function memoryGitTokens(kept = new Map<number, GitToken>()): GitTokens {
  return {
    put: async (appId, given) => void kept.set(appId, given),
    get: async (appId) => kept.get(appId) ?? null,
    remove: async (appId) => void kept.delete(appId),
  };
}

export function memoryGitHubReports(): GitHubReports {
  const rows = new Map<string, GitHubReport>();
  const commits = new Map<string, number>();
  const nameOf = ({ app_id, deployment_id }: GitHubReportKey) => `${app_id}/${deployment_id}`;
  return {
    get: async (key) => rows.get(nameOf(key)) ?? null,
    replace: async (next) => {
      if ((rows.get(nameOf(next))?.version ?? 0) !== next.version - 1) return false;
      rows.set(nameOf(next), next);
      return true;
    },
    takeCommit: async (appId, commit, deploymentId) => {
      const latest = commits.get(`${appId}/${commit}`) ?? 0;
      if (latest > deploymentId) return false;
      commits.set(`${appId}/${commit}`, deploymentId);
      return true;
    },
  };
}

/** Every repository is read without saying who asks. */
export const openAccess: RepositoryAccess = { authorization: async () => null };
