type Headers = Readonly<Record<string, string>>;

/** The viewer's host, as CloudFront's function notes it: the origin must not see the viewer's own `Host`. Names in lower case. */
export const hostOf = (headers: Headers): string => headers["x-slipway-host"] ?? headers.host ?? "";

export const isLoopbackName = (host: string): boolean =>
  ["localhost", "127.0.0.1", "[::1]"].includes(host.replace(/:\d+$/, ""));

/** No page of another origin may speak for a person: deployed apps are not trusted. */
export function isOwnOrigin(headers: Headers, allowed: readonly string[]): boolean {
  const { origin } = headers;
  if (origin === undefined || allowed.includes(origin)) return true;
  const host = hostOf(headers);
  return host !== "" && (origin === `https://${host}` || (origin === `http://${host}` && isLoopbackName(host)));
}
