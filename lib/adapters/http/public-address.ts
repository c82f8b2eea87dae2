import ipaddr from "ipaddr.js";

/** Which addresses are spoken to. */
export interface Reach {
  /** Whether this machine itself is, also over plain HTTP. For a laptop only: in Lambda its own runtime listens there. */
  readonly loopback: boolean;
  /** Where people reach the control plane. Nothing is sent there: it takes requests from its own machine for an admin's. */
  readonly publicUrl: string;
}

const mustBePublic = "must be a public address, not one inside a network";

/** Why no address is allowed that such a URL leads to, as far as it says by itself; `null`: its name must be looked up. */
export function objectionToUrl(text: string, { loopback, publicUrl }: Reach): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.username !== "" || url.password !== "")
    return "must be an https:// address without a user name and password";
  const literal = literalOf(url);
  const isHere = url.hostname === "localhost" || url.hostname.endsWith(".localhost") || isLoopback(literal);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && loopback && isHere)) return "must begin with https://";
  if (loopback && isHere && isControlPlane(url, publicUrl)) return "must not be Slipway's own address";
  if (url.hostname === "localhost") return loopback ? null : mustBePublic;
  return literal === null ? null : objectionToIp(literal, loopback);
}

/** Why an IP address is not spoken to. Only what is routed publicly is: no private range, no metadata service, no tunnel into one. */
export function objectionToIp(address: string, loopback: boolean): string | null {
  if (!ipaddr.isValid(address)) return mustBePublic;
  // An IPv4 address in IPv6 clothes is what it is inside.
  const range = ipaddr.process(address).range();
  return range === "unicast" || (loopback && range === "loopback") ? null : mustBePublic;
}

/** The host of a URL where it is an IP address; the URL's parser has understood octal and decimal ones by then. */
function literalOf({ hostname }: URL): string | null {
  const bare = hostname.replace(/^\[|\]$/g, "");
  return ipaddr.isValid(bare) ? bare : null;
}

const isLoopback = (literal: string | null): boolean =>
  literal !== null && ipaddr.process(literal).range() === "loopback";

const isControlPlane = (url: URL, publicUrl: string): boolean =>
  URL.canParse(publicUrl) && new URL(publicUrl).port === url.port;
