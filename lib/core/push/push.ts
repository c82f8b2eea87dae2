/** A push to a Git repository, as its host sent it. */
export interface Push {
  /** Every address under which the host says that the repository is reached. */
  readonly repositories: readonly string[];
  /** What people call the repository: `acme/shop`. */
  readonly name: string;
  /** In full: `refs/heads/main`. */
  readonly ref: string;
  /** The commit that the branch was at; `""`: it is new, or that is not known. */
  readonly before: string;
  /** The commit that it is at now. */
  readonly after: string;
  readonly deleted: boolean;
  /** The whole message of the commit `after`; `""`: not known. */
  readonly message: string;
  /** The files that it changed, from the repository's root; `null`: not known in full. */
  readonly changed: readonly string[] | null;
  /** Who pushed, as people read it. */
  readonly pusher: string;
  /** The number of the account that pushed, at whatever host it is; `null` or absent: not known. */
  readonly pusher_account?: number | null;
}
