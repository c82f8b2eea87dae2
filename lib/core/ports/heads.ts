import type { AppRepository } from "./repository-access.ts";

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

/** A branch of an app's repository. */
export interface AppBranch extends AppRepository {
  readonly branch: string;
}

/** Reads Git repositories without cloning them; at private ones with what their apps may read them by. */
export interface Heads {
  /** The branch's head, or `commit` itself where one is named (`""`: none). Answers within `deadlineMs`. The message is `""` where it costs a clone. */
  resolve(repository: AppBranch & { readonly commit: string }, deadlineMs: number): Promise<Head>;
  /** Polls whether a branch has moved since the host gave it the name `etag`; `null`: it gave none. Answers within `deadlineMs`. */
  poll(repository: AppBranch, etag: string | null, deadlineMs: number): Promise<HeadPoll>;
}
