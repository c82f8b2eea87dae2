import type { AppBranch, AppRepository, GitToken } from "../app-repository.ts";
import type { BranchMark } from "../push/branch-mark.ts";
import type { PushOutcome, PushToApp } from "../push/push.ts";
import type { Overwrite } from "./apps.ts";

/** Who may read private repositories, and how they say so. */
export interface RepositoryAccess {
  /**
   * The value of a Git HTTP `Authorization` header for just this repository; `null`: it is read without one. Throws while
   * it cannot be had and later may.
   */
  authorization(repository: AppRepository): Promise<string | null>;
}

/** The tokens that people gave to apps for their repositories. */
export interface GitTokens {
  put(appId: number, token: GitToken, which?: Overwrite): Promise<void>;
  /** `null`: none was given. */
  get(appId: number): Promise<GitToken | null>;
  remove(appId: number): Promise<void>;
}

/** Permanent: a person must fix something: no such repository, branch or commit, or an empty repository. */
interface HeadRefused {
  readonly outcome: "refused";
  readonly code: "repository_not_found" | "repository_empty" | "branch_not_found" | "commit_not_found";
  readonly message: string;
}

/** Retryable. */
interface HeadUnreachable {
  readonly outcome: "unreachable";
  readonly message: string;
}

/** What a branch or commit of a repository is; of the message its first line. */
export type Head =
  | { readonly outcome: "resolved"; readonly commit: string; readonly message: string }
  | HeadRefused
  | HeadUnreachable;

/** What a branch is now. */
export type HeadPoll =
  /** The whole message, as far as the host sends it, and its name for this state if it has such names. */
  | { readonly outcome: "resolved"; readonly commit: string; readonly message: string; readonly etag: string | null }
  /** The host knows by the name that it is what it was. */
  | { readonly outcome: "unchanged" }
  | HeadRefused
  | HeadUnreachable;

/** Reads Git repositories without cloning them; at private ones with what their apps may read them by. */
export interface Heads {
  /** The branch's head, or `commit` itself where one is named (`""`: none). Answers within `deadlineMs`. The message is `""` where it costs a clone. */
  resolve(repository: AppBranch & { readonly commit: string }, deadlineMs: number): Promise<Head>;
  /** Polls whether a branch has moved since the host gave it the name `etag`; `null`: it gave none. Answers within `deadlineMs`. */
  poll(repository: AppBranch, etag: string | null, deadlineMs: number): Promise<HeadPoll>;
  /** Which repository lies at the address (`repositoryIdOf` of lib/core/push), after a redirect too; `null`: the host does not say. Answers within `deadlineMs`. */
  identify(repository: AppRepository, deadlineMs: number): Promise<string | null>;
}

type Branch = Pick<BranchMark, "app_id" | "repo_url" | "branch" | "commit">;

/** How far the pushes to each app are dealt with. An app has a mark from its first push by webhook on. */
export interface BranchMarks {
  get(appId: number): Promise<BranchMark | null>;
  /** By app. */
  list(): Promise<readonly BranchMark[]>;
  /** A deployment of this commit was asked for. Where a later one is noted already, nothing changes. */
  asked(at: Branch & { readonly deployment_id: number }): Promise<void>;
  /**
   * The branch moved from `before` to a commit with which there is nothing to do. Where the mark is at another commit,
   * a push between them was missed and nothing changes. `before` `null`: from wherever it was.
   */
  passed(at: Branch & { readonly before: string | null }): Promise<void>;
  /** The host's name for the fact that the head is `commit`. Where the mark has moved on, nothing changes. */
  recordEtag(appId: number, commit: string, etag: string | null): Promise<void>;
  remove(appId: number): Promise<void>;
}

/** Which pushes are known, so that none is deployed twice. Kept for four days: a host sends one again for three at most. */
export interface Pushes {
  /** The number of the deployment that a delivery leads to at an app: the first who claims it decides, and everybody gets its number. */
  claimForDelivery(delivery: string, appId: number, deploymentId: number, nowSeconds: number): Promise<number>;
  /**
   * The number of the deployment of this push: the first who claims it decides, and everybody gets its number. With a
   * `delivery` that number is claimed for it first, since repeats of a delivery may each find the app's mark elsewhere.
   */
  claim(push: PushToApp, deploymentId: number, nowSeconds: number, delivery?: string | null): Promise<number>;
  /** What a delivery came to; `null`: it is not known yet. */
  outcomeOf(delivery: string, nowSeconds: number): Promise<PushOutcome | null>;
  /** Idempotency: records what a delivery came to. The first one stands, and everybody gets that one. */
  conclude(delivery: string, outcome: PushOutcome, nowSeconds: number): Promise<PushOutcome>;
}

/** What Git hosts sign their webhooks with. */
export interface WebhookSecrets {
  /** Those that count: the current one, and the one before it. None: nobody has set one. They may have been read some time ago. */
  known(): Promise<readonly string[]>;
  /** The same, read again, as far as that was not done a moment ago. */
  afresh(): Promise<readonly string[]>;
}

/** The secret that GitHub signs its webhooks with, for whoever sets it. The one before it counts for a while longer. */
export interface WebhookSecret {
  replace(secret: string): Promise<void>;
}

/** Something that a commit has at a path. */
export interface SourceEntry {
  /** From the repository's root, with `/` between names. */
  readonly path: string;
  /** Git's mode: `100644`, `100755`, `120000` (a symbolic link), `160000` (a submodule, whose hash is its commit). */
  readonly mode: string;
  readonly hash: string;
}

/** What a commit holds, without the contents of its files. */
export interface Source {
  /** All but directories. */
  readonly entries: readonly SourceEntry[];
  /** The text of one of its files; `null`: it cannot be had, or is no text that anybody writes. */
  read(entry: SourceEntry): Promise<string | null>;
}

/** A commit as people know it: of the message its first line, of the author the name. */
export interface Commit {
  readonly hash: string;
  readonly message: string;
  readonly author: string;
}

/** Commits, newest first, and whether these are all. */
export interface CommitRange {
  readonly commits: readonly Commit[];
  readonly complete: boolean;
}

/** Reads the history of repositories without cloning them. */
export interface Histories {
  /** The commits that `head` has and `base` has not. Where the host does not say, none, and not complete. Answers within `deadlineMs`. */
  between(
    repository: AppRepository & { readonly base: string; readonly head: string },
    deadlineMs: number,
  ): Promise<CommitRange>;
}

/** Reads what a commit holds without cloning the repository. */
export interface Sources {
  /** `null`: only a clone can show it. Answers within `deadlineMs`, its reads included. */
  open(repository: AppRepository & { readonly commit: string }, deadlineMs: number): Promise<Source | null>;
}
