/** An app's repository, and whether the app has a Git token of its own. */
export interface AppRepository {
  readonly app_id: number;
  readonly url: string;
  readonly git_token: boolean;
}

/** Who may read private repositories, and how they say so. */
export interface RepositoryAccess {
  /**
   * The value of a Git HTTP `Authorization` header for just this repository; `null`: it is read without one. Throws while
   * it cannot be had and later may.
   */
  authorization(repository: AppRepository): Promise<string | null>;
}
