import type { GitHubRepository } from "../github/repository.ts";
import type { CommitState, DeploymentState } from "../notices/channels/github-status.ts";

/** What GitHub said. Messages are sentences for people. */
export type GitHubAnswer<Value> =
  | { readonly outcome: "answered"; readonly value: Value }
  /** There is no app, or it is not installed on this repository. */
  | { readonly outcome: "not_installed" }
  /** Rate limit: to be retried after so many seconds, where it says so. */
  | { readonly outcome: "rate_limited"; readonly message: string; readonly seconds: number | null }
  /** Retryable. */
  | { readonly outcome: "unreachable"; readonly message: string }
  /** Permanent: a person must fix something. */
  | { readonly outcome: "refused"; readonly message: string };

export interface CommitStatus {
  readonly state: CommitState;
  readonly context: string;
  readonly description: string;
  readonly target_url: string | null;
}

interface NewDeployment {
  readonly commit: string;
  readonly environment: string;
  readonly description: string;
  readonly task: string;
  /** Our own number, by which it is found again. */
  readonly deployment_id: number;
}

export interface DeploymentStatus {
  readonly state: DeploymentState;
  readonly description: string;
  readonly log_url: string | null;
  readonly environment_url: string | null;
}

/** GitHub as the installation's app: each call is made with a token for the one repository and just what it needs. */
export interface GitHub {
  /** A token that reads the repository's contents, for an hour. `fresh`: for an hour from now; otherwise at least for a minute. */
  readToken(repository: GitHubRepository, options: { readonly fresh: boolean }): Promise<GitHubAnswer<string>>;
  setStatus(repository: GitHubRepository, commit: string, status: CommitStatus): Promise<GitHubAnswer<null>>;
  /** The GitHub Deployment that was made for a deployment of ours, by its number there; `null`: there is none. */
  findDeployment(
    repository: GitHubRepository,
    sought: Pick<NewDeployment, "commit" | "environment" | "deployment_id">,
  ): Promise<GitHubAnswer<number | null>>;
  /** Makes one without merging anything and without asking for other checks; answers its number there. */
  createDeployment(repository: GitHubRepository, deployment: NewDeployment): Promise<GitHubAnswer<number>>;
  setDeploymentStatus(repository: GitHubRepository, id: number, status: DeploymentStatus): Promise<GitHubAnswer<null>>;
}
