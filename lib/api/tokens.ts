import type { ShownNewToken, ShownToken } from "../contract/answers/access.ts";
import { createTokenSchema } from "../contract/requests.ts";
import type { Token } from "../core/access/credential.ts";
import { type Answer, type ApiDeps, type Call, data } from "./deps.ts";
import { ApiError } from "./errors.ts";
import { parse } from "./parse.ts";

/** Somebody who is admin of some apps only would otherwise give themselves the others. */
function requireAllApps({ principal }: Call): void {
  if (principal.apps !== null)
    throw new ApiError("forbidden", { sentence: "Only admins of all apps can manage tokens." });
}

export async function listTokens(deps: ApiDeps, call: Call): Promise<Answer> {
  requireAllApps(call);
  return data((await deps.tokens.list()).map(present));
}

/** Answers the token itself, this once; what is stored is its hash. Number 1 is the first admin's, made at installation. */
export async function createToken(deps: ApiDeps, call: Call): Promise<Answer> {
  requireAllApps(call);
  const { name, role, apps, expiresAt, github } = parse(createTokenSchema, call.body);
  const account = github === null ? null : await accountOf(deps, github);
  const secret = deps.secret();
  const token: Token = {
    kind: "token",
    id: 1 + (await deps.counters.next("tokens")),
    principal: { name, role, apps },
    expires_at: expiresAt === null ? null : Math.floor(Date.parse(expiresAt) / 1000),
    last_used_at: null,
    github: account,
    created_by: call.principal.name,
  };
  if (!(await deps.tokens.put(deps.hash(secret), token))) throw new ApiError("github_account_taken");
  const shown: ShownNewToken = { ...present(token), token: secret };
  return data(shown, 201);
}

export async function revokeToken(deps: ApiDeps, call: Call): Promise<Answer> {
  requireAllApps(call);
  if (await deps.tokens.revoke(call.id)) return data({ id: call.id });
  throw new ApiError("token_not_found", { sentence: `There is no token ${call.id}.` });
}

async function accountOf(deps: ApiDeps, login: string): Promise<Token["github"]> {
  const found = await deps.gitHubAccounts.find(login);
  switch (found.outcome) {
    case "found":
      return found.account;
    case "unknown": {
      const details = [{ field: "github", message: "is no account of GitHub's" }];
      throw new ApiError("invalid_request", { sentence: "The request has invalid fields: github.", details });
    }
    case "unreachable":
      throw new ApiError("github_unreachable", { sentence: found.message });
  }
}

function present({ id, principal, expires_at, last_used_at, github, created_by }: Token): ShownToken {
  const expires = expires_at === null ? null : new Date(expires_at * 1000).toISOString();
  return {
    id,
    ...principal,
    expires_at: expires,
    last_used_at,
    github: github?.login ?? null,
    created_by: created_by ?? null,
  };
}
