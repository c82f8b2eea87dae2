import type { Token } from "../ports/tokens.ts";
import type { ShownNewToken, ShownToken } from "./answers/access.ts";
import { ApiError } from "./errors.ts";
import { parse } from "./parse.ts";
import { createTokenSchema } from "./schemas.ts";
import { type Answer, type ApiWorld, type Call, data } from "./world.ts";

/** Somebody who is admin of some apps only would otherwise give themselves the others. */
function requireAllApps({ principal }: Call): void {
  if (principal.apps !== null)
    throw new ApiError("forbidden", { sentence: "Tokens are for admins of all apps to give." });
}

export async function listTokens(world: ApiWorld, call: Call): Promise<Answer> {
  requireAllApps(call);
  return data((await world.tokens.list()).map(present));
}

/** Answers the token itself, this once; what is stored is its hash. Number 1 is the first admin's, made at installation. */
export async function createToken(world: ApiWorld, call: Call): Promise<Answer> {
  requireAllApps(call);
  const { name, role, apps, expiresAt } = parse(createTokenSchema, call.body);
  const secret = world.secret();
  const token: Token = {
    kind: "token",
    id: 1 + (await world.counters.next("tokens")),
    principal: { name, role, apps },
    expires_at: expiresAt === null ? null : Math.floor(Date.parse(expiresAt) / 1000),
    last_used_at: null,
  };
  await world.tokens.put(world.hash(secret), token);
  const shown: ShownNewToken = { ...present(token), token: secret };
  return data(shown, 201);
}

export async function revokeToken(world: ApiWorld, call: Call): Promise<Answer> {
  requireAllApps(call);
  if (await world.tokens.revoke(call.id)) return data({ id: call.id });
  throw new ApiError("token_not_found", { sentence: `There is no token ${call.id}.` });
}

function present({ id, principal, expires_at, last_used_at }: Token): ShownToken {
  const expires = expires_at === null ? null : new Date(expires_at * 1000).toISOString();
  return { id, ...principal, expires_at: expires, last_used_at };
}
