import type { ImageAccess } from "../../lib/core/ports/builds.ts";

/** Credentials that nobody checks. */
export const someImageAccess: ImageAccess = {
  credentials: async (appId) => ({
    access_key_id: `key-of-app-${appId}`,
    secret_access_key: `secret-of-app-${appId}`,
    session_token: `token-of-app-${appId}`,
    expires_at: "2040-01-01T00:00:00Z",
  }),
};
