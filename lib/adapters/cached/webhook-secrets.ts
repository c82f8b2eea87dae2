import type { WebhookSecrets } from "../../core/ports/git.ts";

/** For so long values that were read are cached. */
const cachedSeconds = 60;
/** Who sends wrong signatures makes us read no more often than this. */
const betweenReadsSeconds = 5;

/** Secrets that are cached in this one instance; that there are none is not. */
export function cachedWebhookSecrets(read: () => Promise<readonly string[]>, nowSeconds: () => number): WebhookSecrets {
  let last: { readonly values: readonly string[]; readonly at: number } = { values: [], at: Number.NEGATIVE_INFINITY };
  const unlessYoungerThan = async (seconds: number): Promise<readonly string[]> => {
    if (nowSeconds() - last.at >= seconds) last = { values: await read(), at: nowSeconds() };
    return last.values;
  };
  return {
    known: () => unlessYoungerThan(last.values.length === 0 ? betweenReadsSeconds : cachedSeconds),
    afresh: () => unlessYoungerThan(betweenReadsSeconds),
  };
}
