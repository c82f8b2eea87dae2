import type { GitHubApp } from "../github/app.ts";

/** The one GitHub App of the installation, with its credentials. */
export interface GitHubApps {
  /** `null`: there is none. */
  get(): Promise<GitHubApp | null>;
  put(app: GitHubApp): Promise<void>;
  /** `false`: there was none. */
  remove(): Promise<boolean>;
}
