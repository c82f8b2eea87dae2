/** A push to a Git repository, as its host sent it. */
export interface Push {
  /** Every address under which the host says that the repository is reached. */
  readonly repositories: readonly string[];
  /** Which repository it is, whatever its address (`repositoryIdOf`); `null` or absent: the host gave it no number. */
  readonly repository_id?: string | null;
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

/** A push to one app. */
export interface PushToApp {
  readonly app_id: number;
  readonly branch: string;
  /** The commit that the branch was at; `""`: not known. */
  readonly before: string;
  readonly commit: string;
  /**
   * The app's last deployment by a push, where this one goes on from what that deployed (0: there was none): the same
   * step made again after another is a push of its own. `null`: it goes on from elsewhere, and the same step at any time
   * before is this push.
   */
  readonly since: number | null;
}

/** What a delivery of a webhook came to. */
export interface PushOutcome {
  readonly deployment_ids: readonly number[];
  /** Why there is none; `null`: there are some. */
  readonly ignored: string | null;
}
