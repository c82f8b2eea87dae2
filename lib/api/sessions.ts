import type { ShownMe, ShownSession } from "../contract/answers/access.ts";
import { exchangeSchema, loginSchema } from "../contract/requests.ts";
import { principalOf, type Token } from "../core/ports/tokens.ts";
import { ApiError } from "./errors.ts";
import { takeFrom } from "./limited.ts";
import { parse } from "./parse.ts";
import { bearerIn, csrfOf, sessionCookie, sessionIn } from "./session-cookie.ts";
import { type Answer, type ApiWorld, type Call, data } from "./world.ts";

const sessionSeconds = 12 * 3600;

/** Makes a session of a token. It ends after twelve hours, with the token, or by logging out. */
export async function login(world: ApiWorld, call: Call): Promise<Answer> {
  const { token } = parse(loginSchema, call.body);
  await takeFrom(world, "login", call.address);
  await takeFrom(world, "logins", "all");
  const made_with = world.hash(token);
  const known = await world.tokens.get(made_with, nowSeconds(world));
  if (known?.kind !== "token") {
    const sentence = "This token is not known here, has expired, or was revoked. Ask an admin for a new one.";
    throw new ApiError("unauthorized", { sentence });
  }
  return signedIn(world, made_with, known);
}

/**
 * Makes a session for whoever brings a one-time code. Only codes that are not valid count towards the limit: nobody who
 * guesses, which is hopeless at 32 random bytes, can keep a valid one out.
 */
export async function exchangeCode(world: ApiWorld, call: Call): Promise<Answer> {
  const { code } = parse(exchangeSchema, call.body);
  const taken = await world.tokens.take(world.hash(code), nowSeconds(world), "code");
  const made_with = taken?.kind === "code" ? taken.made_with : null;
  const known = made_with === null ? null : await world.tokens.get(made_with, nowSeconds(world));
  if (made_with !== null && known?.kind === "token") return signedIn(world, made_with, known);
  await takeFrom(world, "refused_codes", call.address);
  const sentence = "This sign-in link has expired or was used already. Run slipway open for a new one.";
  throw new ApiError("unauthorized", { sentence });
}

async function signedIn(world: ApiWorld, made_with: string, token: Token): Promise<Answer> {
  const { session, cookie } = await beginSession(world, made_with, token);
  const isBearer = cookie === null;
  const csrf = isBearer ? null : csrfOf(world.hash, session);
  const shown: ShownSession = { ...principalOf(token), csrf, session: isBearer ? session : null };
  return { ...data(shown), ...(isBearer ? {} : { headers: cookie }) };
}

/** A session of a token, under whose hash it lies, and the cookie that brings it to a browser; `null`: it is sent as a bearer. */
export async function beginSession(
  world: ApiWorld,
  made_with: string,
  token: Token,
): Promise<{ readonly session: string; readonly cookie: Readonly<Record<string, string>> | null }> {
  const session = world.secret();
  const now = nowSeconds(world);
  const expires_at = Math.min(now + sessionSeconds, token.expires_at ?? Number.POSITIVE_INFINITY);
  await world.tokens.put(world.hash(session), { kind: "session", made_with, expires_at });
  const isBearer = world.authMode === "local";
  return { session, cookie: isBearer ? null : sessionCookie(session, expires_at - now, world.addresses.publicUrl) };
}

/** Ends the session that comes along, if it has not ended already. A token that comes along stays. */
export async function logout(world: ApiWorld, call: Call): Promise<Answer> {
  const isBearer = world.authMode === "local";
  const sessions = [bearerIn(call.headers), isBearer ? null : sessionIn(call.headers)];
  for (const session of sessions) if (session !== null) await world.tokens.endSession(world.hash(session));
  return { ...data(null), ...(isBearer ? {} : { headers: sessionCookie("", 0, world.addresses.publicUrl) }) };
}

const nowSeconds = (world: ApiWorld): number => Math.floor(Date.parse(world.now()) / 1000);

export async function me(_world: ApiWorld, call: Call): Promise<Answer> {
  const shown: ShownMe = { ...call.principal, csrf: call.csrf };
  return data(shown);
}
