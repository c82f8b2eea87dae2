import type { AuditEntry } from "../access/audit.ts";
import type { App, FormerName, ReleasedSettings } from "../app.ts";
import type { Freeze } from "../freeze.ts";

/** What is live of an app. */
export interface Live {
  readonly deployment_id: number;
  /** What was live when that was decided; `null`: nothing was. */
  readonly replaces: number | null;
  /** The name in its address. */
  readonly name: string;
  readonly load_balancer_url: string | null;
  /** Whether it is pinned to that, and by whom; `null`: that stays as it is. */
  readonly pin: { readonly pinned: boolean; readonly by: string | null } | null;
  readonly live_settings: ReleasedSettings;
  /** Names that lead to this one. */
  readonly former_names: readonly FormerName[];
}

/**
 * The apps. Names are unique among those that are not deleted: whoever deletes an app frees its name with the same write. The name
 * that an app's live release has stays the app's after a change of name, too. An `audit` entry is written in one transaction
 * with the change that it tells of: both are there, or neither.
 */
export interface Apps {
  /** `false`: the name or a domain is taken. */
  create(app: App, audit?: AuditEntry): Promise<boolean>;
  /** The app that has this domain; `null`: none. Strongly consistent. */
  domainOwner(domain: string): Promise<number | null>;
  get(id: number): Promise<App | null>;
  /** Writes the settings, or that it is deleted and its name free, as the version after the one that was read. `conflict`: somebody else was quicker; `name_taken`, or a domain is. */
  replace(next: App, before: App, audit?: AuditEntry): Promise<"replaced" | "conflict" | "name_taken">;
  /** By id. */
  list(): Promise<readonly App[]>;
  /**
   * Those whose repository has one of these keys (`repositoryKey` of lib/core/push) or is known by one of these ids
   * (`repositoryIdOf`), by id; not those that are deleted. Strongly consistent.
   */
  ofRepositories(keys: readonly string[]): Promise<readonly App[]>;
  /**
   * Notes what is live, under which name, and whether it is pinned to that, whatever else changed meanwhile. A name that was live
   * before is free from then on, unless it is among the former ones. Doing it again is harmless. `false`: it is no longer the app's
   * name, or what is live is neither this nor what it replaces: whoever notes it was held up, and others have gone on. `known`:
   * the app as it was read a moment ago, which spares reading it unless it has changed since.
   */
  setLive(id: number, live: Live, known?: App | null): Promise<boolean>;
  /** Frees names that the app had, whatever else changed but its names. `false`: these changed meanwhile. */
  setFormerNames(id: number, before: readonly FormerName[], after: readonly FormerName[]): Promise<boolean>;
  /** Notes which repository lies at the app's address. Where the address is another by now, nothing changes. */
  noteRepository(id: number, repository: NonNullable<App["repository"]>): Promise<void>;
  /** Pushes are deployed again. `false`: it was not pinned, or is not there. */
  unpin(id: number, audit?: AuditEntry): Promise<boolean>;
  /** Forgets an app. Its name may be another's by now. */
  remove(app: App): Promise<void>;
}

/** The freeze of all apps. One that is over lies there until another is put, or it is removed. */
export interface Freezes {
  /** Strongly consistent. */
  get(): Promise<Freeze | null>;
  put(freeze: Freeze, audit?: AuditEntry): Promise<void>;
  /** Removes the freeze that was read. `false`: it is gone, or another one by now. */
  remove(freeze: Freeze, audit?: AuditEntry): Promise<boolean>;
}

/** Which of the given values are written. `missing`: only those that are not there yet. */
export type Overwrite = "all" | "missing";

/** A secret that lies there, by the name under which it was put. */
interface StoredSecret {
  readonly name: string;
  readonly written_at: string;
}

/** The values of the apps' secrets. Write-only for people; read by running tasks, by builds, and by redaction. */
export interface Secrets {
  /**
   * Throws `SecretsThrottled` where the store takes no more for now. With `missing` nothing was written then; with `all` its
   * message says what was.
   */
  put(appId: number, values: Readonly<Record<string, string>>, which?: Overwrite): Promise<void>;
  remove(appId: number, names: readonly string[]): Promise<void>;
  /** What lies there of an app, without the values: the secrets of its builds and its Git token too. */
  stored(appId: number): Promise<readonly StoredSecret[]>;
  /** Everything of an app that no log may show: the secrets of its builds and its Git token too. */
  values(appId: number): Promise<readonly string[]>;
  /** The secrets of an app's builds: those that were put under a `buildSecretParameter`, by these names. */
  ofBuilds(appId: number): Promise<Readonly<Record<string, string>>>;
}
