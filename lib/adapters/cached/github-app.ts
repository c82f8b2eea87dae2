import type { GitHubApp } from "../../core/github/app.ts";
import type { GitHubApps } from "../../core/ports/github.ts";

const cachedSeconds = 60;
/** Whoever has just made an app does not want to wait for it. */
const absentSeconds = 5;

/** The app, cached: for a minute; that there is none, for five seconds. */
export function cachedGitHubApps(apps: Pick<GitHubApps, "get">, nowSeconds: () => number): Pick<GitHubApps, "get"> {
  let known: { readonly app: GitHubApp | null; readonly until: number } | null = null;
  return {
    get: async () => {
      if (known !== null && known.until > nowSeconds()) return known.app;
      const app = await apps.get();
      known = { app, until: nowSeconds() + (app === null ? absentSeconds : cachedSeconds) };
      return app;
    },
  };
}
