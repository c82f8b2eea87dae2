/** The branch that an app follows, and the commit up to which its pushes are dealt with. */
export interface BranchMark {
  readonly app_id: number;
  readonly repo_url: string;
  readonly branch: string;
  readonly commit: string;
  /** The last deployment that a push led to, and its commit. */
  readonly asked: { readonly commit: string; readonly deployment_id: number } | null;
  /** By which the Git host knows that the head is still `commit`; `null`: it never said. */
  readonly etag: string | null;
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
