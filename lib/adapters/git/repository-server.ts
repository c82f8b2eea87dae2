import type { LookupAddress } from "node:dns";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { objectionToRepository, objectionToServer, type RepositoryReach } from "../../core/repository-address.ts";
import { judgedLookup, type Resolve, systemResolve } from "../http/judged-lookup.ts";

/** The repository's address leads to where Slipway does not go. The message says why, without a subject. */
export class AddressRefused extends Error {}

export interface ServerOptions {
  readonly reach: RepositoryReach;
  readonly resolve?: Resolve;
}

/** The IP addresses of a repository's server. Throws {@link AddressRefused} if one of them is not to be spoken to. */
export async function judgedAddresses(
  hostname: string,
  { reach, resolve = systemResolve }: ServerOptions,
): Promise<readonly LookupAddress[]> {
  const addresses = await resolve(hostname);
  for (const { address } of addresses) {
    const objection = objectionToServer(address, reach);
    if (objection !== null) throw new AddressRefused(objection);
  }
  return addresses;
}

export interface ServerRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly signal: AbortSignal;
}

export interface ServerAnswer {
  /** Where it came from, after redirects. */
  readonly url: string;
  readonly status: number;
  readonly statusText: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const mostRedirects = 3;
/** The names of a repository's references; the largest public repositories have a few megabytes of them. */
const largestAnswer = 16 * 1024 * 1024;

/**
 * Asks a repository's server. The connection is made to one of the addresses that were judged; a redirect is followed to the
 * same host only, and judged like the first address. Throws {@link AddressRefused}, or what the network says.
 */
export async function askServer(request: ServerRequest, options: ServerOptions): Promise<ServerAnswer> {
  let { url } = request;
  for (let hops = 0; ; hops++) {
    const objection = objectionToRepository(url, options.reach);
    if (objection !== null) throw new AddressRefused(objection);
    const answer = await exchange({ ...request, url }, options);
    const target = redirectOf(answer, url);
    if (target === null) return { url, ...(await read(answer)) };
    answer.destroy();
    // With the port: a server beside it on the same machine is another's, and is not sent what this one was meant to get.
    if (target.host !== new URL(url).host)
      throw new AddressRefused(`leads to another server, ${target.host}; give that address if it is the right one`);
    if (hops >= mostRedirects) throw new AddressRefused("is redirected too often");
    url = target.href;
  }
}

function exchange(
  { url, method = "GET", headers = {}, body, signal }: ServerRequest,
  options: ServerOptions,
): Promise<IncomingMessage> {
  const target = new URL(url);
  const send = target.protocol === "https:" ? requestHttps : requestHttp;
  const length = body === undefined ? {} : { "content-length": body.length };
  return new Promise((done, fail) => {
    const settings = {
      method,
      signal,
      agent: false,
      lookup: judgedLookup((hostname) => judgedAddresses(hostname, options)),
      headers: { ...headers, ...length },
    };
    const asked = send(target, settings, done);
    // Without somebody who listens for it Node would drop the connection silently.
    asked.once("upgrade", (answer, socket) => {
      socket.destroy();
      fail(new Error(`it answered with ${answer.statusCode}`));
    });
    asked.on("error", fail);
    asked.end(body);
  });
}

const redirects: ReadonlySet<number | undefined> = new Set([301, 302, 303, 307, 308]);

function redirectOf({ statusCode, headers: { location } }: IncomingMessage, base: string): URL | null {
  if (!redirects.has(statusCode) || location === undefined) return null;
  return URL.canParse(location, base) ? new URL(location, base) : null;
}

async function read(answer: IncomingMessage): Promise<Omit<ServerAnswer, "url">> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    bytes += chunk.length;
    if (bytes > largestAnswer) throw new Error(`it answered with more than ${largestAnswer / 1024 / 1024} MB`);
    chunks.push(chunk);
  }
  const headers = Object.entries(answer.headers).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value] as const] : [],
  );
  return {
    status: answer.statusCode ?? 0,
    statusText: answer.statusMessage ?? "",
    headers: Object.fromEntries(headers),
    body: Buffer.concat(chunks),
  };
}

const discovery = "/info/refs?service=git-upload-pack";

/** Where a repository's references are asked for. */
export const discoveryOf = (url: string): string => `${url}${discovery}`;

/** The repository's address by where its references were found; `null`: not where Git would look for them. */
export const repositoryOf = (url: string): string | null =>
  url.endsWith(discovery) ? url.slice(0, -discovery.length) : null;
