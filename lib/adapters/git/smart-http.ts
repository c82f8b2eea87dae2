import { Errors, type GitHttpRequest, type GitHttpResponse, type HttpClient, listServerRefs } from "isomorphic-git";
import type { Head } from "../../core/ports/git.ts";
import { AddressRefused, askServer, repositoryOf, type ServerOptions } from "./repository-server.ts";
import { refusals } from "./sentences.ts";

interface Asking {
  readonly signal: AbortSignal;
  readonly server: ServerOptions;
  /** The value of an `Authorization` header, or `null`; its time counts too. */
  readonly authorize: () => Promise<string | null>;
}

/** The head of a branch, as the server names it. */
export async function smartHttpHead(url: string, branch: string, asking: Asking): Promise<Head> {
  const { signal, server, authorize } = asking;
  try {
    const authorization = await before(signal, authorize());
    const refs = await listServerRefs({
      http: httpUntil(signal, url, server),
      url,
      prefix: "refs/heads/",
      protocolVersion: 2,
      headers: authorization === null ? {} : { Authorization: authorization },
    });
    const head = refs.find((ref) => ref.ref === `refs/heads/${branch}`);
    if (head !== undefined) return { outcome: "resolved", commit: head.oid, message: "" };
    return refs.length === 0 ? refusals.empty(url) : refusals.noBranch(url, branch);
  } catch (error) {
    if (error instanceof AddressRefused) return refusals.refusedAddress(url, error.message);
    if (isMissing(error)) return refusals.noRepository(url);
    const cause = error instanceof Error ? error.message : String(error);
    // What an aborted request says of itself tells nobody that the server was silent.
    const how = signal.aborted ? " in time" : `: ${cause.replace(/\.$/, "")}`;
    return { outcome: "unreachable", message: `The Git server of ${url} did not answer${how}.` };
  }
}

/** Hosts answer 401 or 404 alike for a repository that is absent or not readable. */
function isMissing(error: unknown): boolean {
  return error instanceof Errors.HttpError && [401, 403, 404].includes(error.data.statusCode);
}

/** A promise's value, or the signal's reason if that comes first. */
function before<Value>(signal: AbortSignal, promise: Promise<Value>): Promise<Value> {
  const aborted = new Promise<never>((_, fail) => {
    signal.addEventListener("abort", () => fail(signal.reason), { once: true });
  });
  return Promise.race([promise, aborted]);
}

/** isomorphic-git's transport, with an end. Once the repository was found to have moved, it is asked where it is now. */
function httpUntil(signal: AbortSignal, repository: string, server: ServerOptions): HttpClient {
  let moved = repository;
  return {
    request: async ({ url, method = "GET", headers = {}, body }: GitHttpRequest): Promise<GitHttpResponse> => {
      const chunks: Uint8Array[] = [];
      if (body !== undefined) for await (const chunk of body) chunks.push(chunk);
      const to = url.startsWith(repository) ? `${moved}${url.slice(repository.length)}` : url;
      const sent = chunks.length > 0 ? { body: Buffer.concat(chunks) } : {};
      const answer = await askServer({ url: to, method, headers, signal, ...sent }, server);
      moved = repositoryOf(answer.url) ?? moved;
      return {
        url: answer.url,
        method,
        statusCode: answer.status,
        statusMessage: answer.statusText,
        headers: answer.headers,
        body: once(answer.body),
      };
    },
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
