import type { GitHubApp } from "../github/app.ts";

/** What GitHub gives for an app that was just made from a manifest. `webhook_secret` is `null` where it was made without webhooks. */
interface Conversion extends Omit<GitHubApp, "connected_at"> {
  readonly webhook_secret: string | null;
}

export type Converted =
  | { readonly outcome: "converted"; readonly app: Conversion }
  /** GitHub knows no such code: it works once, for an hour. */
  | { readonly outcome: "unknown" }
  | { readonly outcome: "unreachable"; readonly message: string };

/** The last step of making an app: its code is exchanged for its credentials. */
export interface GitHubManifests {
  convert(code: string): Promise<Converted>;
}
