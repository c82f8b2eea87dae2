import type { ReleasedSettings, Settings } from "../app.ts";

/**
 * When a change of a setting takes effect: with the next `release`, with the next `build`, with the next release that is no
 * rollback (`name`), or `at_once`. The settings of releases are a release's configuration; with its image they are all that
 * a rollback restores.
 */
const takesEffect = {
  name: "name",
  repo_url: "build",
  branch: "build",
  root_dir: "build",
  dockerfile: "build",
  build_args: "build",
  build_secrets: "build",
  build_secret_versions: "build",
  build_target: "build",
  architecture: "build",
  build_cache: "at_once",
  port: "release",
  health_check_path: "release",
  from_image: "release",
  startup_seconds: "release",
  health_check_expect: "release",
  stop_seconds: "release",
  cpu: "release",
  memory: "release",
  instances: "release",
  scaling: "release",
  role: "release",
  env: "release",
  secrets: "release",
  secret_versions: "release",
  git_token: "at_once",
  strategy: "release",
  approval: "at_once",
  approvers: "at_once",
  approver_ids: "at_once",
  approval_expiry_minutes: "at_once",
  allow_self_approval: "at_once",
  auto_deploy: "at_once",
  pause_reason: "at_once",
  on_new_push: "at_once",
  after_rollback: "at_once",
  keep_releases: "at_once",
  auto_rollback: "release",
  alarms: "release",
  watch_paths: "at_once",
  log_retention_days: "at_once",
  release_command: "release",
  release_command_minutes: "release",
  processes: "release",
  crons: "release",
  runs: "at_once",
  internal: "at_once",
  rename_grace_days: "at_once",
  domains: "at_once",
  notifications: "at_once",
} as const satisfies Readonly<Record<keyof Settings, "release" | "build" | "name" | "at_once">>;

type Kind = (typeof takesEffect)[keyof Settings];

/** The names of the settings that take effect in one of these ways, in the order of the table. */
export const settingsThat = (...kinds: readonly Kind[]): readonly (keyof Settings)[] =>
  (Object.keys(takesEffect) as (keyof Settings)[]).filter((name) => kinds.includes(takesEffect[name]));

const pick = (settings: Settings, names: readonly (keyof Settings)[]): Partial<Settings> =>
  Object.fromEntries(names.map((name) => [name, settings[name]]));

/** Settings with those of builds, of releases, or both as another has them. */
export const withSettingsOf = (settings: Settings, other: Settings, ...kinds: readonly Kind[]): Settings => ({
  ...settings,
  ...pick(other, settingsThat(...kinds)),
});

/** The same text for the same configuration, in whatever order its names were written. */
export const configurationText = (settings: Settings): string =>
  JSON.stringify(ordered(pick({ ...settings, secrets: settings.secrets.toSorted() }, settingsThat("release"))));

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, entry]) => [name, ordered(entry)] as const);
  return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** Does not compile where the app's row keeps fewer of them than the table says. */
type Released = {
  [Name in keyof Settings]: (typeof takesEffect)[Name] extends "release" | "build" ? Name : never;
}[keyof Settings];
type KeptInRow = [Released] extends [keyof ReleasedSettings] ? ReleasedSettings : unknown;

/** What of a release's settings its app's row keeps, so that changes of the app's settings can be told from them. */
export const releasedSettings = (settings: Settings): ReleasedSettings =>
  pick(settings, settingsThat("release", "build")) as KeptInRow;
