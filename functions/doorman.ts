import { documents } from "../lib/adapters/dynamodb/table.ts";
import { awsTokens } from "../lib/adapters/tokens/aws.ts";
import type { Doorman } from "../lib/api/authenticate.ts";
import { configuration } from "./configuration.ts";
import { nowSeconds } from "./now.ts";
import { hash } from "./secrets.ts";

/** What both authorizers admit by, from the environment. */
export function doorman(): Doorman {
  const env = configuration("TOKENS_TABLE", "AUTH_MODE", "ALLOWED_ORIGINS", "PUBLIC_URL");
  return {
    tokens: awsTokens(documents(), env.TOKENS_TABLE),
    mode: env.AUTH_MODE,
    allowedOrigins: env.ALLOWED_ORIGINS,
    publicUrl: env.PUBLIC_URL,
    hash,
    nowSeconds,
  };
}
