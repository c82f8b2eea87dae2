import { createHmac, timingSafeEqual } from "node:crypto";
import type { WebhookSecrets } from "../core/ports/git.ts";
import { ApiError } from "./errors.ts";

const signature = /^sha256=([0-9a-f]{64})$/i;

/**
 * Refuses a body that was not signed with one of the secrets that count, as GitHub signs: `sha256=` and HMAC SHA-256 of
 * the body as it was sent, in hex. Without a secret nothing is let in.
 */
export async function requireSignature(
  secrets: WebhookSecrets,
  header: string | undefined,
  body: Uint8Array,
): Promise<void> {
  const known = await secrets.known();
  if (known.length === 0) throw new ApiError("webhook_secret_missing");
  const given = signature.exec(header ?? "")?.[1];
  if (given === undefined) {
    throw new ApiError("wrong_signature", {
      sentence:
        "The header X-Hub-Signature-256 is missing or is not sha256= and 64 hex digits. Set the webhook's secret on the Git host.",
    });
  }
  // Somebody may have changed the secret a moment ago.
  if (!fits(known, given, body) && !fits(await secrets.afresh(), given, body)) throw new ApiError("wrong_signature");
}

/** Takes as long whichever secret it is, and however much of the signature is right. */
function fits(secrets: readonly string[], given: string, body: Uint8Array): boolean {
  const bytes = Buffer.from(given, "hex");
  const results = secrets.map((secret) => timingSafeEqual(createHmac("sha256", secret).update(body).digest(), bytes));
  return results.includes(true);
}
