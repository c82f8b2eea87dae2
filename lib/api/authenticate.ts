import type { Principal, Token, Tokens } from "../ports/tokens.ts";

/** A request as an authorizer sees it. */
export interface Knock {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** The caller's address. */
  readonly address: string;
}

export interface Doorman {
  readonly tokens: Tokens;
  readonly mode: "required" | "loopback";
  readonly allowedOrigins: readonly string[];
  /** Where people reach the control plane: `http://localhost:8080`. */
  readonly publicUrl: string;
  readonly hash: (text: string) => string;
  readonly nowSeconds: () => number;
}

export type Admission =
  | { readonly outcome: "admitted"; readonly principal: Principal }
  | { readonly outcome: "unauthorized" }
  | { readonly outcome: "foreign_origin" };

/** Who is asking. A ticket is looked at, not taken: that is for whoever uses it. */
export async function authenticate(door: Doorman, knock: Knock): Promise<Admission> {
  if (!isOwnOrigin(door, knock)) return { outcome: "foreign_origin" };
  const bearer = /^Bearer (\S+)$/i.exec(knock.headers.authorization ?? "")?.[1];
  const credential = bearer ?? knock.query.ticket;
  // Credentials that cannot be read are bad ones, not none.
  const none = credential === undefined && knock.headers.authorization === undefined;
  if (none && isOwnMachine(door, knock)) {
    return { outcome: "admitted", principal: { name: "local", role: "admin", apps: null } };
  }
  const known = credential === undefined ? null : await door.tokens.get(door.hash(credential), door.nowSeconds());
  if (known?.kind === "token" && credential !== undefined) await noteUse(door, credential, known);
  const expected = bearer === undefined ? "ticket" : "token";
  return known?.kind === expected ? { outcome: "admitted", principal: known.principal } : { outcome: "unauthorized" };
}

/** To the minute: a write for each request would cost more than it tells. */
const notedEverySeconds = 60;

async function noteUse(door: Doorman, credential: string, { last_used_at }: Token): Promise<void> {
  const last = last_used_at === null ? 0 : Date.parse(last_used_at) / 1000;
  if (door.nowSeconds() - last < notedEverySeconds) return;
  await door.tokens.used(door.hash(credential), new Date(door.nowSeconds() * 1000).toISOString());
}

/** The viewer's host, as CloudFront's function notes it: the origin must not see the viewer's own `Host`. */
const hostOf = ({ headers }: Knock): string => headers["x-slipway-host"] ?? headers.host ?? "";

/** No page of another origin may speak for a person: deployed apps are not trusted. */
function isOwnOrigin(door: Doorman, knock: Knock): boolean {
  const { origin } = knock.headers;
  if (origin === undefined || door.allowedOrigins.includes(origin)) return true;
  const host = hostOf(knock);
  return host !== "" && (origin === `https://${host}` || (origin === `http://${host}` && isLoopbackName(host)));
}

const isLoopbackName = (host: string): boolean =>
  ["localhost", "127.0.0.1", "[::1]"].includes(host.replace(/:\d+$/, ""));

/** In loopback mode: from this machine, to the control plane's own name and port. A page that rebinds a name of its own does not get in. */
function isOwnMachine(door: Doorman, knock: Knock): boolean {
  if (door.mode !== "loopback" || !["127.0.0.1", "::1", "::ffff:127.0.0.1"].includes(knock.address)) return false;
  const port = URL.canParse(door.publicUrl) ? new URL(door.publicUrl).port : "";
  const host = hostOf(knock);
  return isLoopbackName(host) && (/:(\d+)$/.exec(host)?.[1] ?? "") === port;
}
