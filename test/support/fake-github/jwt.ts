import { createVerify } from "node:crypto";
import * as z from "zod";

const claimsSchema = z.object({ iss: z.coerce.string(), iat: z.number(), exp: z.number() });

/** The app that a token was signed for, as GitHub reads it: RS256, for ten minutes at most, not from the future. `null`: it is worth nothing. */
export function issuerOf(token: string, keys: ReadonlyMap<string, string>, nowSeconds: number): string | null {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const { alg } = z.object({ alg: z.string() }).parse(decoded(header));
  if (alg !== "RS256") return null;
  const { iss, iat, exp } = claimsSchema.parse(decoded(payload));
  const key = keys.get(iss);
  if (key === undefined) return null;
  const isSigned = createVerify("RSA-SHA256")
    .update(`${header}.${payload}`)
    .verify(key, Buffer.from(signature, "base64url"));
  return isSigned && iat <= nowSeconds && exp > nowSeconds && exp - nowSeconds <= 600 ? iss : null;
}

const decoded = (part: string): unknown => JSON.parse(Buffer.from(part, "base64url").toString());
