import type { App, Deployment } from "./types.ts";

/** An answer other than success: what the server says about it. */
export class RequestError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "RequestError";
    this.status = status;
    this.code = code;
  }
}

export interface RestOptions {
  /** `http://localhost:8080` */
  readonly baseUrl: string;
  readonly token?: string;
  readonly fetch?: typeof fetch;
}

/** The calls of the REST API. Each throws a `RequestError` for a refusal, and what `fetch` throws when nobody answers. */
export function createClient({ baseUrl, token, fetch: request = fetch }: RestOptions) {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await request(`${baseUrl}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const told: unknown = await answer.json().catch(() => ({}));
    if (!answer.ok) throw refusal(answer.status, told);
    return told;
  };
  const dataOf = async (answer: Promise<unknown>): Promise<unknown> => ((await answer) as { data: unknown }).data;

  return {
    health: () => dataOf(call("GET", "/api/health")),
    listApps: () => dataOf(call("GET", "/api/apps")) as Promise<readonly App[]>,
    showApp: (id: number) => dataOf(call("GET", `/api/apps/${id}`)) as Promise<App>,
    createApp: (app: Readonly<Record<string, unknown>>) => dataOf(call("POST", "/api/apps", app)) as Promise<App>,
    createDeployment: (request: { appId: number }) => call("POST", "/api/deployments", request) as Promise<Deployment>,
    showDeployment: (id: number) => dataOf(call("GET", `/api/deployments/${id}`)) as Promise<Deployment>,
  };
}

function refusal(status: number, told: unknown): RequestError {
  const { error, code } = (typeof told === "object" && told !== null ? told : {}) as {
    error?: unknown;
    code?: unknown;
  };
  return new RequestError(status, String(code ?? "unknown"), String(error ?? `The server answered ${status}.`));
}
