import { documents } from "../../lib/adapters/dynamodb/table.ts";
import { awsTokens } from "../../lib/adapters/dynamodb/tokens.ts";
import type { Doorman } from "../../lib/api/authenticate.ts";
import { configuration } from "./configuration.ts";
import { nowSeconds } from "./now.ts";
import { hash } from "./secrets.ts";

/** What both authorizers admit by, and by which secrets they know the edge, from the environment. */
export function doorman(): { readonly door: Doorman; readonly edgeSecrets: readonly string[] } {
  const env = configuration("TOKENS_TABLE", "AUTH_MODE", "ALLOWED_ORIGINS", "EDGE_SECRETS", "PUBLIC_URL");
  const door: Doorman = {
    tokens: awsTokens(documents(), env.TOKENS_TABLE),
    mode: env.AUTH_MODE,
    allowedOrigins: env.ALLOWED_ORIGINS,
    publicUrl: env.PUBLIC_URL,
    hash,
    nowSeconds,
  };
  return { door, edgeSecrets: env.EDGE_SECRETS };
}
