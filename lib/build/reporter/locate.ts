import {
  AddressRefused,
  askServer,
  discoveryOf,
  judgedAddresses,
  repositoryOf,
  type ServerOptions,
} from "../../adapters/git/repository-server.ts";
import type { Claim } from "../../contract/build.ts";
import { bareHost, objectionToRepository } from "../../core/repository-address.ts";

/** Where git is to find the repository. */
export interface Place {
  readonly url: string;
  /** The one host, port and addresses that git connects to, as its `http.curloptResolve` wants them; `null`: none was looked up. */
  readonly pin: string | null;
}

/** Longer than that and git, which has its own time-out, is left to find out. */
const timeoutMs = 15_000;

/**
 * Judges a repository's address, and follows a redirect on its own host, because git is configured to follow none: it would go
 * wherever a server sends it. Throws {@link AddressRefused}, or what the network says where the name is not known.
 */
export async function locate(
  source: Pick<Claim["clone"], "url" | "authorization">,
  server: ServerOptions,
  signal: AbortSignal,
): Promise<Place> {
  const objection = objectionToRepository(source.url, server.reach);
  if (objection !== null) throw new AddressRefused(objection);
  if (source.url.startsWith("file:")) return { url: source.url, pin: null };
  const url = await moved(source, server, signal);
  return { url, pin: await pinOf(new URL(url), server) };
}

async function moved(
  { url, authorization }: Pick<Claim["clone"], "url" | "authorization">,
  server: ServerOptions,
  signal: AbortSignal,
): Promise<string> {
  const until = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const headers = authorization === null ? {} : { authorization };
  try {
    const answer = await askServer({ url: discoveryOf(url), headers, signal: until }, server);
    return repositoryOf(answer.url) ?? url;
  } catch (error) {
    // Of a server that does not answer git says more, and tries again.
    if (error instanceof AddressRefused) throw error;
    return url;
  }
}

/** An address that is no name needs no pin. */
async function pinOf(url: URL, server: ServerOptions): Promise<string | null> {
  const host = bareHost(url);
  if (url.hostname !== host || /^[\d.]+$/.test(host)) return null;
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const addresses = await judgedAddresses(host, server);
  const list = addresses.map(({ address, family }) => (family === 6 ? `[${address}]` : address));
  return `${host}:${port}:${list.join(",")}`;
}
