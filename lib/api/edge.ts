import { createHash, timingSafeEqual } from "node:crypto";

type Headers = Readonly<Record<string, string>>;

/** What the edge says of a request, and the secret by which it is known to be the edge. */
export const edgeHeaders = { host: "x-slipway-host", secret: "x-slipway-edge" } as const;

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/**
 * Headers without those that only the edge may set, unless the edge set them. Whoever reaches an API at its own address can
 * send any header: without one of the secrets the viewer's host is not known, and `Host` counts. Names in lower case.
 */
export function trustedHeaders(headers: Headers, secrets: readonly string[]): Record<string, string> {
  const { [edgeHeaders.secret]: shown = "", [edgeHeaders.host]: host, ...others } = headers;
  // Digests have one length, and comparing them takes one time, whatever was sent.
  const isEdge = secrets.some((secret) => timingSafeEqual(digest(secret), digest(shown)));
  return isEdge && host !== undefined ? { ...others, [edgeHeaders.host]: host } : others;
}
