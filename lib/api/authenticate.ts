import type { Holder } from "../core/access/credential.ts";
import type { Principal } from "../core/access/principal.ts";
import type { Tokens } from "../core/ports/access.ts";
import { hostOf, isForeign, isLoopbackName } from "./origin.ts";
import { bearerIn, csrfOf, sessionIn } from "./session-cookie.ts";
import { type Standing, standingOf } from "./standing.ts";

/** The credentials of a request, as an authorizer sees them. */
export interface Credentials {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** The caller's address. */
  readonly address: string;
}

export interface Authorizer {
  readonly tokens: Pick<Tokens, "get" | "used">;
  readonly mode: "required" | "local" | "loopback";
  readonly allowedOrigins: readonly string[];
  /** Where people reach the control plane: `http://localhost:8080`. */
  readonly publicUrl: string;
  readonly hash: (text: string) => string;
  readonly nowSeconds: () => number;
}

export type AuthenticationResult =
  /** `csrf`: what writes must repeat, where a cookie authenticates. */
  | {
      readonly outcome: "authenticated";
      readonly principal: Principal;
      readonly csrf: string | null;
      /** What that stands on; `null`: on nothing that can be taken away. */
      readonly holder: Holder | null;
    }
  | { readonly outcome: "unauthorized" }
  | { readonly outcome: "foreign_origin" };

/**
 * Who is asking. Credentials that somebody sends on purpose count first: a bearer token, then a ticket, and if they are
 * wrong nothing else helps. A browser sends its cookie by itself, and one from long ago locks nobody out of their own machine.
 * A ticket is read, not consumed: that is for whoever uses it.
 */
export async function authenticate(authorizer: Authorizer, credentials: Credentials): Promise<AuthenticationResult> {
  const { headers, query } = credentials;
  if (isForeign(headers, authorizer.allowedOrigins)) return { outcome: "foreign_origin" };
  if (headers.authorization !== undefined) return byBearer(authorizer, bearerIn(headers));
  if (query.ticket !== undefined) return byTicket(authorizer, query.ticket);
  // Cookies know no ports: where browsers get none of ours, one that comes is from before, and every app could have it.
  const session = authorizer.mode === "local" ? null : sessionIn(headers);
  const known = session === null ? null : await bySession(authorizer, session, csrfOf(authorizer.hash, session));
  if (known !== null) return known;
  if (isOwnMachine(authorizer, credentials))
    return authenticated({ id: "local", name: "local", role: "admin", apps: null });
  return { outcome: "unauthorized" };
}

const authenticated = (
  principal: Principal,
  holder: Holder | null = null,
  csrf: string | null = null,
): AuthenticationResult => ({
  outcome: "authenticated",
  principal,
  csrf,
  holder,
});

/** A token, or a browser's session where no cookie holds it. */
async function byBearer(authorizer: Authorizer, bearer: string | null): Promise<AuthenticationResult> {
  if (bearer === null) return { outcome: "unauthorized" };
  const byToken = await byHolder(authorizer, { token: authorizer.hash(bearer), session: null });
  return byToken ?? (await bySession(authorizer, bearer)) ?? { outcome: "unauthorized" };
}

async function byTicket(authorizer: Authorizer, ticket: string): Promise<AuthenticationResult> {
  const known = await authorizer.tokens.get(authorizer.hash(ticket), authorizer.nowSeconds());
  if (known?.kind !== "ticket") return { outcome: "unauthorized" };
  if (known.made_with === null) return authenticated(known.principal);
  return (await byHolder(authorizer, known.made_with)) ?? { outcome: "unauthorized" };
}

/** A session is worth what the token it was made with is worth now. */
async function bySession(
  authorizer: Authorizer,
  session: string,
  csrf: string | null = null,
): Promise<AuthenticationResult | null> {
  const hash = authorizer.hash(session);
  const known = await authorizer.tokens.get(hash, authorizer.nowSeconds());
  if (known?.kind !== "session") return null;
  return byHolder(authorizer, { token: known.made_with, session: hash }, csrf);
}

async function byHolder(
  authorizer: Authorizer,
  holder: Holder,
  csrf: string | null = null,
): Promise<AuthenticationResult | null> {
  const standing = await standingOf(authorizer.tokens, holder, authorizer.nowSeconds());
  if (standing === null) return null;
  await recordUse(authorizer, holder.token, standing);
  return authenticated(standing.principal, holder, csrf);
}

/** To the minute: a write for each request would cost more than it is worth. */
const recordEverySeconds = 60;

async function recordUse(authorizer: Authorizer, hash: string, { last_used_at }: Standing): Promise<void> {
  const last = last_used_at === null ? 0 : Date.parse(last_used_at) / 1000;
  if (authorizer.nowSeconds() - last < recordEverySeconds) return;
  await authorizer.tokens.used(hash, new Date(authorizer.nowSeconds() * 1000).toISOString());
}

/** In loopback mode: from this machine, to the control plane's own name and port. A page that rebinds a name of its own does not get in. */
function isOwnMachine(authorizer: Authorizer, credentials: Credentials): boolean {
  if (authorizer.mode !== "loopback" || !["127.0.0.1", "::1", "::ffff:127.0.0.1"].includes(credentials.address))
    return false;
  const port = URL.canParse(authorizer.publicUrl) ? new URL(authorizer.publicUrl).port : "";
  const host = hostOf(credentials.headers);
  return isLoopbackName(host) && (/:(\d+)$/.exec(host)?.[1] ?? "") === port;
}
