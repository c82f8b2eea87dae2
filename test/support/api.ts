import { expectDocumented } from "./documented.ts";

/** A plain caller of the REST API, who knows only the contract, and takes no answer that is not described. */
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: the tests read what the wire carries, and say what it must be.
  readonly body: any;
}

interface Api {
  readonly url: string;
  call(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

/** Calls `url`; a `token` goes along with each call. A string body is sent as it is. */
export function apiAt(url: string, token?: string): Api {
  const call: Api["call"] = async (method, path, body, headers = {}) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      // Where an answer leads is for the test to say.
      redirect: "manual",
      headers: {
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get("content-type")?.startsWith("application/json") ?? false;
    const received = { status: answer.status, headers: answer.headers, body: isJson ? parsed(text) : text };
    expectDocumented(method, path, received);
    return received;
  };
  return {
    url,
    call,
    get: (path) => call("GET", path),
    post: (path, body = {}, headers) => call("POST", path, body, headers),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
