import type { Settings } from "../app.ts";

/**
 * The name under which a version of a secret lies among its app's secrets. Each version is written once, under a name that
 * nobody else writes: ECS takes no version of a parameter, so the name carries it. No variable has a dot in its name.
 */
export const secretParameter = (name: string, version: string | undefined): string =>
  version === undefined ? name : `${name}.${version}`;

/** The names of all that an app's settings, or a release's, name of its secrets. */
export const secretParameters = ({
  secrets,
  secret_versions,
}: Pick<Settings, "secrets" | "secret_versions">): string[] =>
  secrets.map((name) => secretParameter(name, secret_versions[name]));

/** Whether what lies among an app's secrets is one of its tasks': those of builds have a slash, its Git token a hyphen. */
export const isSecretParameter = (name: string): boolean => /^[A-Za-z0-9_]+(?:\.[A-Za-z0-9]+)?$/.test(name);
