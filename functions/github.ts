import type { SSMClient } from "@aws-sdk/client-ssm";
import { awsGitTokens } from "../lib/adapters/git-tokens/aws.ts";
import { octokitGitHub } from "../lib/adapters/github/octokit.ts";
import { awsGitHubApps } from "../lib/adapters/github-apps/aws.ts";
import { rememberedGitHubApps } from "../lib/adapters/github-apps/remembered.ts";
import { type RepositoryAccessOptions, repositoryAccess } from "../lib/adapters/repository-access/aws.ts";
import type { RepositoryAccess } from "../lib/ports/repository-access.ts";
import { configuration } from "./configuration.ts";
import { nowSeconds } from "./now.ts";

/** GitHub as the installation's app, from the environment. */
export function gitHubAsApp(ssm: SSMClient) {
  const env = configuration("GITHUB_URL", "GITHUB_API_URL", "GITHUB_APP_PARAMETER");
  const apps = rememberedGitHubApps(awsGitHubApps(ssm, env.GITHUB_APP_PARAMETER), nowSeconds);
  const api = octokitGitHub({ apps, apiUrl: env.GITHUB_API_URL, nowSeconds });
  return { apps, api, url: env.GITHUB_URL };
}

/** What private repositories are read by, from the environment. */
export function awsRepositoryAccess(
  ssm: SSMClient,
  { fresh, note }: Pick<RepositoryAccessOptions, "fresh" | "note">,
): RepositoryAccess {
  const { SECRETS_PREFIX } = configuration("SECRETS_PREFIX");
  const { api, url } = gitHubAsApp(ssm);
  return repositoryAccess({
    gitTokens: awsGitTokens(ssm, SECRETS_PREFIX),
    gitHub: api,
    gitHubUrl: url,
    fresh,
    note,
  });
}
