import { type App, addressName, type ReleasedSettings, type Settings } from "../app.ts";
import { releasedSettings, settingsThat } from "./configuration.ts";

/** A setting that two releases have differently. Of `env` and the like it has only what differs; `null`: there is none. */
export type Difference =
  | { readonly name: string; readonly before: unknown; readonly after: unknown }
  /** A secret: that it is another one is all that anybody is shown. */
  | { readonly name: string; readonly changed: true };

/** Settings whose entries are compared each by itself. */
const maps: readonly (keyof Chosen)[] = ["env", "build_args"];

/** Settings as people give them: one that is left to the image is `null`. */
function chosen({ from_image, ...settings }: ReleasedSettings) {
  const own = <Value>(name: (typeof from_image)[number], value: Value) => (from_image.includes(name) ? null : value);
  return {
    ...settings,
    port: own("port", settings.port),
    health_check_path: own("health_check_path", settings.health_check_path),
  };
}
type Chosen = ReturnType<typeof chosen>;

/** What differs, in the order of the settings. Secrets come under their own names. */
export function differences(of: ReleasedSettings, and: ReleasedSettings): readonly Difference[] {
  const [before, after] = [chosen(of), chosen(and)];
  return (Object.keys(after) as (keyof Chosen)[]).flatMap((name): readonly Difference[] => {
    if (name === "secret_versions" || name === "build_secret_versions") return [];
    if (name === "secrets" || name === "build_secrets")
      return changedSecrets(name, before, after).map((secret) => ({ name: secret, changed: true }));
    if (same(before[name], after[name])) return [];
    return [maps.includes(name) ? entries(name, before, after) : { name, before: before[name], after: after[name] }];
  });
}

/** Of these two the values lie with people and programs outside: that they changed is enough. */
const shownByName: readonly (keyof Settings)[] = ["notifications", "git_token"];

/** What differs of an app's settings, whenever it takes effect. */
export function changedSettings(before: Settings, after: Settings): readonly Difference[] {
  const released = differences(releasedSettings(before), releasedSettings(after));
  const others = settingsThat("name", "at_once").flatMap((name): readonly Difference[] => {
    if (name === "approver_ids" || same(before[name], after[name])) return [];
    return [shownByName.includes(name) ? { name, changed: true } : { name, before: before[name], after: after[name] }];
  });
  return [...others, ...released];
}

/** The settings of an app that its live release does not have yet, by their names. */
export function pendingChanges(app: App): readonly string[] {
  const { live_settings: live, settings } = app;
  if (live === null || app.live_deployment_id === null) return [];
  const renamed = addressName(app) === settings.name ? [] : ["name"];
  const [before, after] = [chosen(live), chosen(releasedSettings(settings))];
  const changed = (Object.keys(before) as (keyof Chosen)[]).filter((name) => {
    if (name === "secret_versions" || name === "build_secret_versions") return false;
    if (name === "secrets" || name === "build_secrets") return changedSecrets(name, live, settings).length > 0;
    return !same(before[name], after[name]);
  });
  return [...renamed, ...changed];
}

const versionsOf = { secrets: "secret_versions", build_secrets: "build_secret_versions" } as const;

type Secrets = Pick<Settings, "secrets" | "secret_versions" | "build_secrets" | "build_secret_versions">;

/** Those that only one of them has, or has in another version. */
function changedSecrets(kind: keyof typeof versionsOf, before: Secrets, after: Secrets): readonly string[] {
  const versions = versionsOf[kind];
  return [...new Set([...before[kind], ...after[kind]])].filter(
    (name) =>
      before[kind].includes(name) !== after[kind].includes(name) || before[versions][name] !== after[versions][name],
  );
}

function entries(name: keyof Chosen, before: Chosen, after: Chosen): Difference {
  const [old, now] = [Object(before[name]), Object(after[name])] as Readonly<Record<string, unknown>>[];
  const changed = [...new Set([...Object.keys(old ?? {}), ...Object.keys(now ?? {})])].filter(
    (key) => !same(old?.[key], now?.[key]),
  );
  const only = (values: Readonly<Record<string, unknown>> | undefined) =>
    Object.fromEntries(changed.filter((key) => Object.hasOwn(values ?? {}, key)).map((key) => [key, values?.[key]]));
  return { name, before: only(old), after: only(now) };
}

/** Settings are JSON; the order of their fields says nothing. */
function same(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || one === null || typeof other !== "object" || other === null) return one === other;
  const [keys, others] = [Object.keys(one), Object.keys(other)];
  return (
    Array.isArray(one) === Array.isArray(other) &&
    keys.length === others.length &&
    keys.every((key) => Object.hasOwn(other, key) && same(Reflect.get(one, key), Reflect.get(other, key)))
  );
}
