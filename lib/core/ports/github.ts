import type { GitHubApp } from "../github/app.ts";
import type { GitHubRepository } from "../github/repository.ts";
import type { CommitState, DeploymentState } from "../notice/github-status.ts";

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

/** The status of a commit, in one context (`slipway/<app>`). `description`: a sentence of at most 140 characters. */
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

/** The status of a GitHub Deployment. `description`: a sentence of at most 140 characters. */
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

/** A person at GitHub. The number stays theirs; the name may change, and be somebody else's later. */
interface GitHubAccount {
  readonly id: number;
  readonly login: string;
}

interface Unreachable {
  readonly outcome: "unreachable";
  readonly message: string;
}

type FoundAccount =
  | { readonly outcome: "found"; readonly account: GitHubAccount }
  | { readonly outcome: "unknown" }
  | Unreachable;

type SignedIn =
  | { readonly outcome: "signed_in"; readonly account: GitHubAccount }
  /** GitHub does not take the code: it works once, for ten minutes, for who began. */
  | { readonly outcome: "refused" }
  | Unreachable;

/** Who people are at GitHub. */
export interface GitHubAccounts {
  /** By the name that they have now. */
  find(login: string): Promise<FoundAccount>;
  /** Who came back from GitHub with this code. What it takes to ask that is forgotten at once. */
  signedIn(given: {
    readonly client_id: string;
    readonly client_secret: string;
    readonly code: string;
    readonly redirect_uri: string;
    readonly code_verifier: string;
  }): Promise<SignedIn>;
}

/** The one GitHub App of the installation, with its credentials. */
export interface GitHubApps {
  /** `null`: there is none. */
  get(): Promise<GitHubApp | null>;
  /** Keeps it where there is none. `false`: there is one already. */
  create(app: GitHubApp): Promise<boolean>;
  /** `false`: there was none. */
  remove(): Promise<boolean>;
}

/** What GitHub gives for an app that was just made from a manifest. `webhook_secret` is `null` where it was made without webhooks. */
interface Conversion extends Omit<GitHubApp, "connected_at"> {
  readonly webhook_secret: string | null;
}

export type Converted =
  | { readonly outcome: "converted"; readonly app: Conversion }
  /** GitHub knows no such code: it works once, for an hour. */
  | { readonly outcome: "unknown" }
  | { readonly outcome: "unreachable"; readonly message: string };

/** The last step of making an app: its code is exchanged for its credentials. */
export interface GitHubManifests {
  convert(code: string): Promise<Converted>;
}
