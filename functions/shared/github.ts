import type { SSMClient } from "@aws-sdk/client-ssm";
import { cachedGitHubApps } from "../../lib/adapters/cached/github-app.ts";
import { octokitGitHub } from "../../lib/adapters/github/octokit.ts";
import { awsGitHubApps } from "../../lib/adapters/ssm/github-apps.ts";
import { configuration } from "./configuration.ts";
import { nowSeconds } from "./now.ts";

/** GitHub as the installation's app, from the environment. */
export function gitHubAsApp(ssm: SSMClient) {
  const env = configuration("GITHUB_URL", "GITHUB_API_URL", "GITHUB_APP_PARAMETER");
  const apps = cachedGitHubApps(awsGitHubApps(ssm, env.GITHUB_APP_PARAMETER), nowSeconds);
  const api = octokitGitHub({ apps, apiUrl: env.GITHUB_API_URL, nowSeconds });
  return { apps, api, url: env.GITHUB_URL };
}
