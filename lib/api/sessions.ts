import type { ShownMe, ShownSession } from "../contract/answers/access.ts";
import { exchangeSchema, loginSchema } from "../contract/requests.ts";
import { principalOf, type Token } from "../core/access/credential.ts";
import { entryOf } from "./audit-entry.ts";
import { type Answer, type ApiDeps, type Call, data } from "./deps.ts";
import { ApiError } from "./errors.ts";
import { takeFrom } from "./limited.ts";
import { parse } from "./parse.ts";
import { bearerIn, csrfOf, sessionCookie, sessionIn } from "./session-cookie.ts";

const sessionSeconds = 12 * 3600;

/** Makes a session of a token. It ends after twelve hours, with the token, or by logging out. */
export async function login(deps: ApiDeps, call: Call): Promise<Answer> {
  const { token } = parse(loginSchema, call.body);
  await takeFrom(deps, "login", call.address);
  await takeFrom(deps, "logins", "all");
  const made_with = deps.hash(token);
  const known = await deps.tokens.get(made_with, nowSeconds(deps));
  if (known?.kind !== "token") {
    const sentence = "This token is not known here, has expired, or was revoked. Ask an admin for a new one.";
    throw new ApiError("unauthorized", { sentence });
  }
  return signedIn(deps, call, made_with, known);
}

/**
 * Makes a session for whoever brings a one-time code. Only codes that are not valid count towards the limit: nobody who
 * guesses, which is hopeless at 32 random bytes, can keep a valid one out.
 */
export async function exchangeCode(deps: ApiDeps, call: Call): Promise<Answer> {
  const { code } = parse(exchangeSchema, call.body);
  const taken = await deps.tokens.take(deps.hash(code), nowSeconds(deps), "code");
  const made_with = taken?.kind === "code" ? taken.made_with : null;
  const known = made_with === null ? null : await deps.tokens.get(made_with, nowSeconds(deps));
  if (made_with !== null && known?.kind === "token") return signedIn(deps, call, made_with, known);
  await takeFrom(deps, "refused_codes", call.address);
  const sentence = "This sign-in link has expired or was used already. Run slipway open for a new one.";
  throw new ApiError("unauthorized", { sentence });
}

/** Begins a session of a token. Besides the answer, what it shows. */
export async function signedIn(
  deps: ApiDeps,
  call: Call,
  made_with: string,
  token: Token,
): Promise<Answer & { readonly shown: ShownSession }> {
  const { session, cookie } = await beginSession(deps, call, { made_with, token });
  const isBearer = cookie === null;
  const csrf = isBearer ? null : csrfOf(deps.hash, session);
  const shown: ShownSession = { ...principalOf(token), csrf, session: isBearer ? session : null };
  return { ...data(shown), shown, ...(isBearer ? {} : { headers: cookie }) };
}

interface Beginning {
  /** The token's hash. */
  readonly made_with: string;
  readonly token: Token;
  /** What the audit log says of it. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A session of a token, under whose hash it lies, and the cookie that brings it to a browser; `null`: it is sent as a bearer. */
export async function beginSession(
  deps: ApiDeps,
  call: Pick<Call, "action" | "principal" | "address">,
  { made_with, token, details = {} }: Beginning,
): Promise<{ readonly session: string; readonly cookie: Readonly<Record<string, string>> | null }> {
  const session = deps.secret();
  const now = nowSeconds(deps);
  const expires_at = Math.min(now + sessionSeconds, token.expires_at ?? Number.POSITIVE_INFINITY);
  const entry = entryOf(deps, call, { details, by: principalOf(token) });
  await deps.tokens.put(deps.hash(session), { kind: "session", made_with, expires_at }, entry);
  const isBearer = deps.authMode === "local";
  return { session, cookie: isBearer ? null : sessionCookie(session, expires_at - now, deps.addresses.publicUrl) };
}

/** Ends the session that comes along, if it has not ended already. A token that comes along stays. */
export async function logout(deps: ApiDeps, call: Call): Promise<Answer> {
  const isBearer = deps.authMode === "local";
  const sessions = [bearerIn(call.headers), isBearer ? null : sessionIn(call.headers)];
  for (const session of sessions) if (session !== null) await deps.tokens.endSession(deps.hash(session));
  return { ...data(null), ...(isBearer ? {} : { headers: sessionCookie("", 0, deps.addresses.publicUrl) }) };
}

const nowSeconds = (deps: ApiDeps): number => Math.floor(Date.parse(deps.now()) / 1000);

export async function me(_deps: ApiDeps, call: Call): Promise<Answer> {
  const shown: ShownMe = { ...call.principal, csrf: call.csrf };
  return data(shown);
}
