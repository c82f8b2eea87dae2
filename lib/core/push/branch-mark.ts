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
