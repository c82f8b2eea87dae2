import type { IncomingMessage } from "node:http";
import type { Listener, Redirect } from "./model.ts";

/** Where a redirect leads. It names the port even if the protocol says it, as ELB does. */
export function locationOf(
  redirect: Redirect,
  { protocol, port }: Listener,
  { headers, url = "/" }: IncomingMessage,
  reachedAt: (port: number) => number,
): string {
  const [path = "/", query = ""] = url.split(/\?(.*)/s);
  const known: Readonly<Record<string, string>> = {
    protocol: protocol.toLowerCase(),
    port: String(port),
    host: (headers.host ?? "").replace(/:\d+$/, ""),
    path: path.slice(1),
    query,
  };
  const filled = (text: string): string => text.replace(/#\{(\w+)\}/g, (whole, name: string) => known[name] ?? whole);
  const asked = filled(redirect.Query);
  const at = reachedAt(Number(filled(redirect.Port)));
  const base = `${filled(redirect.Protocol).toLowerCase()}://${filled(redirect.Host)}:${at}`;
  return `${base}${filled(redirect.Path)}${asked === "" ? "" : `?${asked}`}`;
}
