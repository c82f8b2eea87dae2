/** The name under which a secret of an app's builds lies among its secrets. No variable of an app has one with a slash. */
export const buildSecretName = (name: string): string => `build/${name}`;
