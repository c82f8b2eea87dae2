import type { App } from "../app.ts";

/** What is live of an app. */
interface Live {
  readonly deployment_id: number;
  /** The name in its address. */
  readonly name: string;
  readonly load_balancer_url: string | null;
  readonly pinned: boolean;
  readonly pinned_by: string | null;
}

/**
 * The apps. Names are unique among those that are not deleted: whoever deletes an app frees its name with the same write. The name
 * that an app's live release has stays the app's after a change of name, too.
 */
export interface Apps {
  /** `false`: the name is taken. */
  create(app: App): Promise<boolean>;
  get(id: number): Promise<App | null>;
  /** Writes the settings, or that it is deleted and its name free, as the version after the one that was read. `conflict`: somebody else was quicker; `name_taken`. */
  replace(next: App, before: App): Promise<"replaced" | "conflict" | "name_taken">;
  /** By id. */
  list(): Promise<readonly App[]>;
  /**
   * Those whose repository has one of these keys (`repositoryKey` of lib/core/push) or is known by one of these ids
   * (`repositoryIdOf`), by id; not those that are deleted. Strongly consistent.
   */
  ofRepositories(keys: readonly string[]): Promise<readonly App[]>;
  /**
   * Notes what is live, under which name, and whether it is pinned to that, whatever else changed meanwhile. A name that was live
   * before is free from then on. `false`: it is no longer the app's name.
   */
  setLive(id: number, live: Live): Promise<boolean>;
  /** Notes which repository lies at the app's address. Where the address is another by now, nothing changes. */
  noteRepository(id: number, repository: NonNullable<App["repository"]>): Promise<void>;
  /** Pushes are deployed again. `false`: it was not pinned, or is not there. */
  unpin(id: number): Promise<boolean>;
  /** Forgets an app. Its name may be another's by now. */
  remove(app: App): Promise<void>;
}

/** Which of the given values are written. `missing`: only those that are not there yet. */
export type Overwrite = "all" | "missing";

/** The values of the apps' secrets. Write-only for people; read by running tasks, by builds, and by redaction. */
export interface Secrets {
  /**
   * Throws `SecretsThrottled` where the store takes no more for now. With `missing` nothing was written then; with `all` its
   * message says what was.
   */
  put(appId: number, values: Readonly<Record<string, string>>, which?: Overwrite): Promise<void>;
  remove(appId: number, names: readonly string[]): Promise<void>;
  /** Everything of an app that no log may show: the secrets of its builds and its Git token too. */
  values(appId: number): Promise<readonly string[]>;
  /** The secrets of an app's builds: those that were put under a `buildSecretName`, by their own names. */
  ofBuilds(appId: number): Promise<Readonly<Record<string, string>>>;
}
