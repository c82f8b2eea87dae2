import type { SSMClient } from "@aws-sdk/client-ssm";
import { type RepositoryAccessOptions, repositoryAccess } from "../../lib/adapters/git/repository-access.ts";
import { awsGitTokens } from "../../lib/adapters/ssm/git-tokens.ts";
import type { RepositoryAccess } from "../../lib/core/ports/git.ts";
import { configuration } from "./configuration.ts";
import { gitHubAsApp } from "./github.ts";

/** What private repositories are read by, from the environment. */
export function awsRepositoryAccess(
  ssm: SSMClient,
  { fresh, logger }: Pick<RepositoryAccessOptions, "fresh" | "logger">,
): RepositoryAccess {
  const { SECRETS_PREFIX } = configuration("SECRETS_PREFIX");
  const { api, url } = gitHubAsApp(ssm);
  return repositoryAccess({
    gitTokens: awsGitTokens(ssm, SECRETS_PREFIX),
    gitHub: api,
    gitHubUrl: url,
    fresh,
    logger,
  });
}
