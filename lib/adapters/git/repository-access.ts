import { repositoryOf } from "../../core/github/repository.ts";
import type { Logger } from "../../core/logger.ts";
import type { GitTokens, RepositoryAccess } from "../../core/ports/git.ts";
import type { GitHub } from "../../core/ports/github.ts";

export interface RepositoryAccessOptions {
  readonly gitTokens: Pick<GitTokens, "get">;
  readonly gitHub: Pick<GitHub, "readToken">;
  readonly gitHubUrl: string;
  /** Whether each answer is good for an hour: for builds, which take their time. */
  readonly fresh: boolean;
  readonly logger: Logger;
}

/** By the app's own Git token where it has one, otherwise by the GitHub App. Neither is for any server but its own. */
export function repositoryAccess(options: RepositoryAccessOptions): RepositoryAccess {
  const { gitTokens, gitHub, gitHubUrl, fresh, logger } = options;
  return {
    authorization: async ({ app_id, url, git_token }) => {
      if (!/^https?:/i.test(url)) return null;
      if (git_token) {
        const given = await gitTokens.get(app_id);
        return given !== null && given.origin === new URL(url).origin ? basic(given.token) : null;
      }
      const repository = repositoryOf(url, gitHubUrl);
      if (repository === null) return null;
      const answer = await gitHub.readToken(repository, { fresh });
      switch (answer.outcome) {
        case "answered":
          return basic(answer.value);
        case "not_installed":
          return null;
        case "refused":
          logger.warn("GitHub gave no token for a repository; it is read without one", {
            app_id,
            answer: answer.message,
          });
          return null;
        case "rate_limited":
        case "unreachable":
          throw new Error(answer.message);
      }
    },
  };
}

/** GitHub, GitLab, Gitea and Forgejo take a token as the password; this user name is GitHub's, and the others ignore it. */
const basic = (token: string): string => `Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
