import type { Secrets } from "../../core/ports/apps.ts";

/** Values are read again after this time; a build reports up to twenty times a second. */
const cachedSeconds = 30;

/** Cached secrets: not read again at each call. */
export function cachedSecrets(secrets: Secrets, nowSeconds: () => number): Secrets {
  const known = new Map<number, { values: readonly string[]; until: number }>();
  return {
    ...secrets,
    values: async (appId) => {
      const entry = known.get(appId);
      if (entry !== undefined && entry.until > nowSeconds()) return entry.values;
      const values = await secrets.values(appId);
      known.set(appId, { values, until: nowSeconds() + cachedSeconds });
      return values;
    },
  };
}
