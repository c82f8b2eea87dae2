import type * as z from "zod";
import type { ShownNewToken, ShownToken } from "../contract/answers/access.ts";
import { createTokenSchema, listAllSchema } from "../contract/requests.ts";
import type { Token } from "../core/access/credential.ts";
import { entryOf } from "./audit-entry.ts";
import { type Answer, type ApiDeps, type Call, data } from "./deps.ts";
import { ApiError } from "./errors.ts";
import { pageOf } from "./page.ts";
import { parse } from "./parse.ts";

/** Somebody who is admin of some apps only would otherwise give themselves the others. */
export function requireAllApps({ principal }: Call): void {
  if (principal.apps !== null)
    throw new ApiError("forbidden", { sentence: "Only admins of all apps can manage tokens." });
}

export async function listTokens(deps: ApiDeps, call: Call): Promise<Answer> {
  requireAllApps(call);
  const { limit, cursor = 0 } = parse(listAllSchema, call.query);
  const rest = (await deps.tokens.list()).filter(({ id }) => id > cursor);
  return pageOf(rest.map(presentToken), { limit, cursorOf: ({ id }) => String(id) });
}

/** Answers the token itself, this once; what is stored is its hash. */
export async function createToken(deps: ApiDeps, call: Call): Promise<Answer> {
  requireAllApps(call);
  const { secret, token } = await makeToken(deps, call, parse(createTokenSchema, call.body));
  const shown: ShownNewToken = { ...presentToken(token), token: secret };
  return data(shown, 201);
}

/** Number 1 is the first admin's, made at installation. `invited_until`: see {@link Token}. */
export async function makeToken(
  deps: ApiDeps,
  call: Call,
  { name, role, apps, expiresAt, github }: z.infer<typeof createTokenSchema>,
  invited_until?: number,
): Promise<{ readonly secret: string; readonly token: Token }> {
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
    created_at: deps.now(),
    ...(invited_until === undefined ? {} : { invited_until }),
  };
  const details = { token_id: token.id, name, role, apps };
  const entry = entryOf(deps, call, { details });
  if (!(await deps.tokens.put(deps.hash(secret), token, entry))) throw new ApiError("github_account_taken");
  return { secret, token };
}

export async function revokeToken(deps: ApiDeps, call: Call): Promise<Answer> {
  requireAllApps(call);
  const entry = entryOf(deps, call, { details: { token_id: call.id } });
  if (await deps.tokens.revoke(call.id, entry)) return data({ id: call.id });
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

export function presentToken(token: Token): ShownToken {
  const { id, principal, expires_at, last_used_at, github, created_by, created_at, invited_until } = token;
  return {
    id,
    ...principal,
    expires_at: timeOf(expires_at),
    last_used_at,
    github: github?.login ?? null,
    created_by: created_by ?? null,
    created_at: created_at ?? null,
    invited_until: timeOf(invited_until ?? null),
  };
}

const timeOf = (seconds: number | null): string | null =>
  seconds === null ? null : new Date(seconds * 1000).toISOString();
