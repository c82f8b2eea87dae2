import type { BuildOrder } from "./builds.ts";

/** Credentials of AWS that expire. `expires_at` is RFC 3339 UTC. */
export interface ImageCredentials {
  readonly access_key_id: string;
  readonly secret_access_key: string;
  readonly session_token: string;
  readonly expires_at: string;
}

/** Gives a build what it reads and writes the repositories of its app by. */
export interface ImageAccess {
  /** Good for an hour, for the app's two repositories and nothing else. */
  credentials(appId: number, order: BuildOrder): Promise<ImageCredentials>;
}
