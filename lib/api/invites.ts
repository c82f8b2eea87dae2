import type { ShownInvite, ShownWelcome } from "../contract/answers/access.ts";
import { createTokenSchema, exchangeSchema } from "../contract/requests.ts";
import { type Answer, type ApiDeps, type Call, data } from "./deps.ts";
import { ApiError } from "./errors.ts";
import { baseUrlOf } from "./github-app.ts";
import { takeFrom } from "./limited.ts";
import { parse } from "./parse.ts";
import { signedIn } from "./sessions.ts";
import { makeToken, presentToken, requireAllApps } from "./tokens.ts";

const inviteSeconds = 24 * 3600;

/**
 * Makes a token whose value nobody knows, and a link that tells it to whoever opens it first, within a day. The code of the
 * link lies in its fragment, which no server is sent. Revoking the token makes the link worthless.
 */
export async function createInvite(deps: ApiDeps, call: Call): Promise<Answer> {
  requireAllApps(call);
  const now = nowSeconds(deps);
  const expires_at = now + inviteSeconds;
  const { secret, token } = await makeToken(deps, call, parse(createTokenSchema, call.body), expires_at);
  const code = deps.secret();
  const sealed = exclusiveOr(secret, padOf(deps, code));
  await deps.tokens.put(deps.hash(code), { kind: "invite", made_with: deps.hash(secret), sealed, expires_at });
  const shown: ShownInvite = {
    ...presentToken(token),
    url: `${baseUrlOf(deps, call)}/invite#code=${code}`,
    url_expires_at: new Date(expires_at * 1000).toISOString(),
  };
  return data(shown, 201);
}

/** Exchanges the code of an invitation for a session and, unless it is a GitHub account's, its token; once. */
export async function acceptInvite(deps: ApiDeps, call: Call): Promise<Answer> {
  const { code } = parse(exchangeSchema, call.body);
  const taken = await deps.tokens.take(deps.hash(code), nowSeconds(deps), "invite");
  const invite = taken?.kind === "invite" ? taken : null;
  const token = invite === null ? null : await deps.tokens.get(invite.made_with, nowSeconds(deps));
  if (invite !== null && token?.kind === "token") {
    const answer = await signedIn(deps, call, invite.made_with, token);
    // In the list of tokens it is no longer an invitation, however its holder comes in later.
    await deps.tokens.used(invite.made_with, deps.now());
    const secret = token.github === null ? exclusiveOr(invite.sealed, padOf(deps, code)) : null;
    const shown: ShownWelcome = { ...answer.shown, token: secret, github: token.github?.login ?? null };
    return { ...data(shown), ...(answer.headers === undefined ? {} : { headers: answer.headers }) };
  }
  await takeFrom(deps, "refused_codes", call.address);
  throw new ApiError("unauthorized", {
    sentence: "This invitation has expired, was used already, or was revoked. Ask an admin for a new one.",
  });
}

/** Only who has the code can make it, so that what is stored opens nothing. The code is 32 random bytes: one hash suffices. */
const padOf = ({ hash }: ApiDeps, code: string): string => hash(`invite:${code}`);

/** Of two texts in hex of the same length. */
function exclusiveOr(one: string, other: string): string {
  const [left, right] = [Buffer.from(one, "hex"), Buffer.from(other, "hex")];
  return Buffer.from(left.map((byte, index) => byte ^ (right[index] ?? 0))).toString("hex");
}

const nowSeconds = (deps: ApiDeps): number => Math.floor(Date.parse(deps.now()) / 1000);
