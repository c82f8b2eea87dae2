import { documents } from "../../lib/adapters/dynamodb/table.ts";
import { awsTokens } from "../../lib/adapters/dynamodb/tokens.ts";
import type { Authorizer } from "../../lib/api/authenticate.ts";
import { configuration } from "./configuration.ts";
import { nowSeconds } from "./now.ts";
import { hash } from "./secrets.ts";

/** The authorizer that both functions share, and the secrets by which they know the edge, from the environment. */
export function awsAuthorizer(): { readonly authorizer: Authorizer; readonly edgeSecrets: readonly string[] } {
  const env = configuration("TOKENS_TABLE", "AUTH_MODE", "ALLOWED_ORIGINS", "EDGE_SECRETS", "PUBLIC_URL");
  const authorizer: Authorizer = {
    tokens: awsTokens(documents(), env.TOKENS_TABLE),
    mode: env.AUTH_MODE,
    allowedOrigins: env.ALLOWED_ORIGINS,
    publicUrl: env.PUBLIC_URL,
    hash,
    nowSeconds,
  };
  return { authorizer, edgeSecrets: env.EDGE_SECRETS };
}
