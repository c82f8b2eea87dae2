type Headers = Readonly<Record<string, string>>;

/** The viewer's host, as CloudFront's function notes it: the origin must not see the viewer's own `Host`. Names in lower case. */
export const hostOf = (headers: Headers): string => headers["x-slipway-host"] ?? headers.host ?? "";

export const isLoopbackName = (host: string): boolean =>
  ["localhost", "127.0.0.1", "[::1]"].includes(host.replace(/:\d+$/, ""));

/** The `Origin`, where there is one, is the control plane's own or an allowed one. */
function isOwnOrigin(headers: Headers, allowed: readonly string[]): boolean {
  const { origin } = headers;
  if (origin === undefined || allowed.includes(origin)) return true;
  const host = hostOf(headers);
  return host !== "" && (origin === `https://${host}` || (origin === `http://${host}` && isLoopbackName(host)));
}

/** Where a browser says that a request comes from (Fetch Metadata). Other ports and subdomains of a host are the same site, and foreign. */
const otherSites: readonly (string | undefined)[] = ["cross-site", "same-site"];

/**
 * Whether a page of another origin makes this request: none may speak for a person, and deployed apps are not trusted.
 * `Origin` alone is not enough: a browser leaves it out of reads that a page makes without CORS. Names in lower case.
 */
export function isForeign(headers: Headers, allowed: readonly string[]): boolean {
  if (!isOwnOrigin(headers, allowed)) return true;
  const isAllowed = headers.origin !== undefined && allowed.includes(headers.origin);
  return otherSites.includes(headers["sec-fetch-site"]) && !isAllowed;
}

/** Whether somebody follows a link to an address of its own, in a tab of its own: the page that has the link does not see the answer. */
export const isNavigation = (method: string, headers: Headers): boolean =>
  method === "GET" && headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
