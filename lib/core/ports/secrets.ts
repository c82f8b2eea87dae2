/** `missing`: what is there already stays as it is. */
export type Which = "all" | "missing";

/** The name under which a secret of an app's builds lies. No variable of an app has one with a slash. */
export const buildSecretName = (name: string): string => `build/${name}`;

/** The values of the apps' secrets. Write-only for people; read by running tasks, by builds, and by redaction. */
export interface Secrets {
  put(appId: number, values: Readonly<Record<string, string>>, which?: Which): Promise<void>;
  remove(appId: number, names: readonly string[]): Promise<void>;
  /** Everything of an app that no log may show: the secrets of its builds and its Git token too. */
  values(appId: number): Promise<readonly string[]>;
  /** The secrets of an app's builds: those that were put under a {@link buildSecretName}, by their own names. */
  ofBuilds(appId: number): Promise<Readonly<Record<string, string>>>;
}
