/** An app's repository, and whether the app has a Git token of its own. */
export interface AppRepository {
  readonly app_id: number;
  readonly url: string;
  readonly git_token: boolean;
}

/** What reads a private repository. It is good for one server only. */
export interface GitToken {
  /** `https://gitlab.com`: the token is sent nowhere else. */
  readonly origin: string;
  readonly token: string;
}

/** A branch of an app's repository. */
export interface AppBranch extends AppRepository {
  readonly branch: string;
}
