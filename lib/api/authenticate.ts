import type { Holder, Principal, Tokens } from "../core/ports/tokens.ts";
import { hostOf, isForeign, isLoopbackName } from "./origin.ts";
import { bearerIn, csrfOf, sessionIn } from "./session-cookie.ts";
import { type Standing, standingOf } from "./standing.ts";

/** A request as an authorizer sees it. */
export interface Knock {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** The caller's address. */
  readonly address: string;
}

export interface Doorman {
  readonly tokens: Pick<Tokens, "get" | "used">;
  readonly mode: "required" | "local" | "loopback";
  readonly allowedOrigins: readonly string[];
  /** Where people reach the control plane: `http://localhost:8080`. */
  readonly publicUrl: string;
  readonly hash: (text: string) => string;
  readonly nowSeconds: () => number;
}

export type Admission =
  /** `csrf`: what writes must repeat, where a cookie told who it is. */
  | {
      readonly outcome: "admitted";
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
 * A ticket is looked at, not taken: that is for whoever uses it.
 */
export async function authenticate(door: Doorman, knock: Knock): Promise<Admission> {
  const { headers, query } = knock;
  if (isForeign(headers, door.allowedOrigins)) return { outcome: "foreign_origin" };
  if (headers.authorization !== undefined) return byBearer(door, bearerIn(headers));
  if (query.ticket !== undefined) return byTicket(door, query.ticket);
  // Cookies know no ports: where browsers get none of ours, one that comes is from before, and every app could have it.
  const session = door.mode === "local" ? null : sessionIn(headers);
  const known = session === null ? null : await bySession(door, session, csrfOf(door.hash, session));
  if (known !== null) return known;
  if (isOwnMachine(door, knock)) return admitted({ id: "local", name: "local", role: "admin", apps: null });
  return { outcome: "unauthorized" };
}

const admitted = (principal: Principal, holder: Holder | null = null, csrf: string | null = null): Admission => ({
  outcome: "admitted",
  principal,
  csrf,
  holder,
});

/** A token, or a browser's session where no cookie holds it. */
async function byBearer(door: Doorman, bearer: string | null): Promise<Admission> {
  if (bearer === null) return { outcome: "unauthorized" };
  const byToken = await byHolder(door, { token: door.hash(bearer), session: null });
  return byToken ?? (await bySession(door, bearer)) ?? { outcome: "unauthorized" };
}

async function byTicket(door: Doorman, ticket: string): Promise<Admission> {
  const known = await door.tokens.get(door.hash(ticket), door.nowSeconds());
  if (known?.kind !== "ticket") return { outcome: "unauthorized" };
  if (known.made_with === null) return admitted(known.principal);
  return (await byHolder(door, known.made_with)) ?? { outcome: "unauthorized" };
}

/** A session is worth what the token it was made with is worth now. */
async function bySession(door: Doorman, session: string, csrf: string | null = null): Promise<Admission | null> {
  const hash = door.hash(session);
  const known = await door.tokens.get(hash, door.nowSeconds());
  if (known?.kind !== "session") return null;
  return byHolder(door, { token: known.made_with, session: hash }, csrf);
}

async function byHolder(door: Doorman, holder: Holder, csrf: string | null = null): Promise<Admission | null> {
  const standing = await standingOf(door.tokens, holder, door.nowSeconds());
  if (standing === null) return null;
  await noteUse(door, holder.token, standing);
  return admitted(standing.principal, holder, csrf);
}

/** To the minute: a write for each request would cost more than it tells. */
const notedEverySeconds = 60;

async function noteUse(door: Doorman, hash: string, { last_used_at }: Standing): Promise<void> {
  const last = last_used_at === null ? 0 : Date.parse(last_used_at) / 1000;
  if (door.nowSeconds() - last < notedEverySeconds) return;
  await door.tokens.used(hash, new Date(door.nowSeconds() * 1000).toISOString());
}

/** In loopback mode: from this machine, to the control plane's own name and port. A page that rebinds a name of its own does not get in. */
function isOwnMachine(door: Doorman, knock: Knock): boolean {
  if (door.mode !== "loopback" || !["127.0.0.1", "::1", "::ffff:127.0.0.1"].includes(knock.address)) return false;
  const port = URL.canParse(door.publicUrl) ? new URL(door.publicUrl).port : "";
  const host = hostOf(knock.headers);
  return isLoopbackName(host) && (/:(\d+)$/.exec(host)?.[1] ?? "") === port;
}
