type Hash = (text: string) => string;

const name = "slipway_session";

/** The session that a browser sends. `null`: none, or nothing that could be one. Names in lower case. */
export function sessionIn(headers: Readonly<Record<string, string>>): string | null {
  return new RegExp(`(?:^|;)\\s*${name}=([0-9a-f]{64})\\s*(?:;|$)`).exec(headers.cookie ?? "")?.[1] ?? null;
}

/** What a client sends on purpose: an API token, or a session that no cookie holds. `null`: none, or not in that form. */
export const bearerIn = (headers: Readonly<Record<string, string>>): string | null =>
  /^Bearer (\S+)$/i.exec(headers.authorization ?? "")?.[1] ?? null;

/** What writes in a session must repeat. It follows from the cookie, which no script can read, and reveals nothing of it. */
export const csrfOf = (hash: Hash, session: string): string => hash(`csrf ${session}`);

/** Sets the session in a browser for so many seconds; 0 takes it away. `publicUrl`: where people reach the control plane. */
export function sessionCookie(session: string, seconds: number, publicUrl: string): Readonly<Record<string, string>> {
  const attributes = [`${name}=${session}`, "HttpOnly", "SameSite=Strict", "Path=/", `Max-Age=${seconds}`];
  // A browser would not send it back over plain HTTP, by which only a laptop is reached, and that says so of itself.
  const secure = publicUrl.startsWith("http://") ? [] : ["Secure"];
  return { "Set-Cookie": [...attributes, ...secure].join("; ") };
}
