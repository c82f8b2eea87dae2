import { Errors, type GitHttpRequest, type GitHttpResponse, type HttpClient, listServerRefs } from "isomorphic-git";
import type { Head } from "../../ports/heads.ts";
import { refusals } from "./sentences.ts";

const fullHash = /^[0-9a-f]{40}$/;

interface Sought {
  readonly url: string;
  readonly branch: string;
  readonly commit: string;
}

/**
 * The head of a branch, as the server names it. A commit is taken as it is: only a clone can tell whether it exists.
 * `authorize` gives the value of an `Authorization` header, or `null`; its time counts too.
 */
export async function smartHttpHead(
  { url, branch, commit }: Sought,
  deadlineMs: number,
  authorize: () => Promise<string | null>,
): Promise<Head> {
  if (fullHash.test(commit)) return { outcome: "resolved", commit, message: "" };
  const signal = AbortSignal.timeout(deadlineMs);
  try {
    const authorization = await before(signal, authorize());
    const refs = await listServerRefs({
      http: httpUntil(signal, authorization !== null),
      url,
      prefix: "refs/heads/",
      protocolVersion: 2,
      headers: authorization === null ? {} : { Authorization: authorization },
    });
    const head = refs.find((ref) => ref.ref === `refs/heads/${branch}`);
    if (head !== undefined) return { outcome: "resolved", commit: head.oid, message: "" };
    return refs.length === 0 ? refusals.empty(url) : refusals.noBranch(url, branch);
  } catch (error) {
    if (answered(error, [401, 403, 404])) return refusals.noRepository(url);
    if (answered(error, [301, 302, 303, 307, 308])) return refusals.moved(url);
    const cause = error instanceof Error ? error.message : String(error);
    return {
      outcome: "unreachable",
      message: `The Git server of ${url} did not answer: ${cause}. Check the address, and retry when it answers again.`,
    };
  }
}

/** Hosts answer 401 or 404 alike for a repository that is absent or not readable. */
function answered(error: unknown, statuses: readonly number[]): boolean {
  return error instanceof Errors.HttpError && statuses.includes(error.data.statusCode);
}

/** A promise's value, or the signal's reason if that comes first. */
function before<Value>(signal: AbortSignal, promise: Promise<Value>): Promise<Value> {
  const aborted = new Promise<never>((_, fail) => {
    signal.addEventListener("abort", () => fail(signal.reason), { once: true });
  });
  return Promise.race([promise, aborted]);
}

/** isomorphic-git's transport over `fetch`, with an end. What was meant for one server follows no redirect to another. */
function httpUntil(signal: AbortSignal, isAuthorized: boolean): HttpClient {
  return {
    request: async ({ url, method = "GET", headers = {}, body }: GitHttpRequest): Promise<GitHttpResponse> => {
      const chunks: Uint8Array[] = [];
      if (body !== undefined) for await (const chunk of body) chunks.push(chunk);
      const answer = await fetch(url, {
        method,
        headers,
        signal,
        redirect: isAuthorized ? "manual" : "follow",
        ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
      });
      const bytes = new Uint8Array(await answer.arrayBuffer());
      return {
        url: answer.url,
        method,
        statusCode: answer.status,
        statusMessage: answer.statusText,
        headers: Object.fromEntries(answer.headers),
        body: once(bytes),
      };
    },
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
