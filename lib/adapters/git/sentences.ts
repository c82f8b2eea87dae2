import type { Head } from "../../core/ports/git.ts";

type Refusal = Extract<Head, { outcome: "refused" }>;

/** What a person must fix, in words. */
export const refusals = {
  noRepository: (url: string): Refusal => ({
    outcome: "refused",
    code: "repository_not_found",
    message: `There is no readable Git repository at ${url}. Check the app's repoUrl, and that Slipway is allowed to read it.`,
  }),
  refusedAddress: (url: string, why: string): Refusal => ({
    outcome: "refused",
    code: "repository_not_found",
    message: `The repository ${url} is not read: its address ${why}. Change the app's repoUrl.`,
  }),
  empty: (url: string): Refusal => ({
    outcome: "refused",
    code: "repository_empty",
    message: `The repository ${url} is empty. Push a first commit with a Dockerfile.`,
  }),
  noBranch: (url: string, branch: string): Refusal => ({
    outcome: "refused",
    code: "branch_not_found",
    message: `The repository ${url} has no branch ${branch}. Push it, or change the app's branch.`,
  }),
  noCommit: (url: string, commit: string): Refusal => ({
    outcome: "refused",
    code: "commit_not_found",
    message: `The repository ${url} has no commit ${commit}. Push it, or deploy another one.`,
  }),
};
