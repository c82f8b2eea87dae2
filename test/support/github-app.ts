import { generateKeyPairSync } from "node:crypto";
import type { GitHubApp } from "../../lib/core/github/app.ts";

/** A key as GitHub gives it to an app: PEM of PKCS #1; and its other half, by which its signatures are checked. */
export function appKey(): { readonly privateKey: string; readonly publicKey: string } {
  return generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
}

export function someGitHubApp(change: Partial<GitHubApp> = {}): GitHubApp {
  return {
    app_id: 42,
    slug: "slipway-team",
    name: "Slipway team",
    owner: "team",
    html_url: "https://github.com/apps/slipway-team",
    client_id: "Iv23.client",
    client_secret: "client-secret",
    private_key: "a key",
    connected_at: "2026-01-01T00:00:00.000Z",
    ...change,
  };
}
