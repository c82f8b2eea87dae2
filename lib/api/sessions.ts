import { principalOf, type Token } from "../ports/tokens.ts";
import type { ShownMe } from "./answers/access.ts";
import { ApiError } from "./errors.ts";
import { takeFrom } from "./limited.ts";
import { parse } from "./parse.ts";
import { loginSchema } from "./schemas.ts";
import { csrfOf, sessionCookie, sessionIn } from "./session-cookie.ts";
import { type Answer, type ApiWorld, type Call, data } from "./world.ts";

const sessionSeconds = 12 * 3600;

/** Makes a session of a token. It ends after twelve hours, with the token, or by logging out. */
export async function login(world: ApiWorld, call: Call): Promise<Answer> {
  const { token } = parse(loginSchema, call.body);
  await takeFrom(world, "login", call.address);
  await takeFrom(world, "logins", "all");
  const nowSeconds = Math.floor(Date.parse(world.now()) / 1000);
  const made_with = world.hash(token);
  const known = await world.tokens.get(made_with, nowSeconds);
  if (known?.kind !== "token") {
    const sentence = "This token is not known here, has expired, or was revoked. Ask an admin for a new one.";
    throw new ApiError("unauthorized", { sentence });
  }
  const { session, cookie } = await beginSession(world, made_with, known);
  const shown: ShownMe = { ...principalOf(known), csrf: csrfOf(world.hash, session) };
  return { ...data(shown), headers: cookie };
}

/** A session of a token, under whose hash it lies, and the cookie that brings it to a browser. */
export async function beginSession(
  world: ApiWorld,
  made_with: string,
  token: Token,
): Promise<{ readonly session: string; readonly cookie: Readonly<Record<string, string>> }> {
  const nowSeconds = Math.floor(Date.parse(world.now()) / 1000);
  const session = world.secret();
  const expires_at = Math.min(nowSeconds + sessionSeconds, token.expires_at ?? Number.POSITIVE_INFINITY);
  await world.tokens.put(world.hash(session), { kind: "session", made_with, expires_at });
  return { session, cookie: sessionCookie(session, expires_at - nowSeconds, world.addresses.publicUrl) };
}

/** Ends the session whose cookie comes along, if it has not ended already. */
export async function logout(world: ApiWorld, call: Call): Promise<Answer> {
  const session = sessionIn(call.headers);
  if (session !== null) await world.tokens.endSession(world.hash(session));
  return { ...data(null), headers: sessionCookie("", 0, world.addresses.publicUrl) };
}

export async function me(_world: ApiWorld, call: Call): Promise<Answer> {
  const shown: ShownMe = { ...call.principal, csrf: call.csrf };
  return data(shown);
}
