import type { Settings } from "../app.ts";

/**
 * The name under which a version of a secret lies among its app's secrets. Each version is written once, under a name that
 * nobody else writes: ECS takes no version of a parameter, so the name carries it. No variable has a dot in its name.
 */
export const secretParameter = (name: string, version: string | undefined): string =>
  version === undefined ? name : `${name}.${version}`;

/** What the names of the secrets of an app's builds begin with. No variable of an app has a slash in its name. */
export const buildSecretsFolder = "build/";

/** As {@link secretParameter}, of a secret of an app's builds. Their names may have dots, so that the version is a folder below. */
export const buildSecretParameter = (name: string, version: string | undefined): string =>
  `${buildSecretsFolder}${name}${version === undefined ? "" : `/${version}`}`;

/** The names of all that an app's settings, or a release's, name of its secrets. */
export const secretParameters = ({
  secrets,
  secret_versions,
}: Pick<Settings, "secrets" | "secret_versions">): string[] =>
  secrets.map((name) => secretParameter(name, secret_versions[name]));

/** The names of all that an app's settings, or those of a deployment that is to be built, name of the secrets of its builds. */
export const buildSecretParameters = ({
  build_secrets,
  build_secret_versions,
}: Pick<Settings, "build_secrets" | "build_secret_versions">): string[] =>
  build_secrets.map((name) => buildSecretParameter(name, build_secret_versions[name]));

/** Whether what lies among an app's secrets is one of its tasks' or builds': its Git token has a hyphen, and no slash. */
export const isSecretParameter = (name: string): boolean =>
  /^(?:[A-Za-z0-9_]+(?:\.[A-Za-z0-9]+)?|build\/[\w.-]+(?:\/[A-Za-z0-9]+)?)$/.test(name);
