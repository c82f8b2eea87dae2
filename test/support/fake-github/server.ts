import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { GitHubApp } from "../../../lib/core/github/app.ts";
import { gitHttp } from "../git-http.ts";
import { appKey, someGitHubApp } from "../github-app.ts";
import { answerTo, mayWith } from "./api.ts";
import { makeApp, type PendingApp } from "./manifest.ts";
import { consent, exchange } from "./sign-in.ts";
import type { State, Trouble } from "./state.ts";

export interface FakeGitHub
  extends Readonly<
    Pick<State, "statuses" | "deployments" | "calls" | "installed" | "moved" | "tokens" | "people" | "person">
  > {
  /** Where people see it, and Git. */
  readonly url: string;
  readonly apiUrl: string;
  /** An app that is there already, with its key. */
  readonly app: GitHubApp;
  /** The next call whose path fits is answered so. */
  trouble(path: RegExp, trouble: Trouble): void;
  /** From now on calls whose path fits get no answer. */
  silent(path: RegExp): void;
  close(): Promise<void>;
}

/** What the app that this GitHub makes may do where it is installed. */
export const allPermissions = { contents: "read", metadata: "read", statuses: "write", deployments: "write" } as const;

/**
 * GitHub on the wire: its REST API below `/api`, private repositories at `/<owner>/<name>.git` for those below `root`, and
 * the page that makes an app from a manifest. It checks signatures, scopes and shapes as GitHub does.
 */
export async function fakeGitHub(root: string): Promise<FakeGitHub> {
  const { privateKey, publicKey } = appKey();
  const state: State = {
    root,
    keys: new Map([["42", publicKey]]),
    installed: new Map(),
    moved: new Map(),
    tokens: new Map(),
    statuses: [],
    deployments: [],
    calls: [],
    people: new Map([["ada-lovelace", 1815]]),
    person: { login: "ada-lovelace" },
    codes: new Map(),
  };
  const troubles: { readonly path: RegExp; readonly trouble: Trouble }[] = [];
  const silent: RegExp[] = [];
  const pending = new Map<string, PendingApp>();
  const git = gitHttp(root);

  const api = (request: IncomingMessage, response: ServerResponse, path: string, query: URLSearchParams) => {
    const authorization = request.headers.authorization ?? "";
    if (silent.some((one) => one.test(path))) return;
    void read(request).then((body) => {
      const method = request.method ?? "GET";
      const index = troubles.findIndex((one) => one.path.test(path));
      const [trouble] = index < 0 ? [] : troubles.splice(index, 1);
      const conversion = /^\/app-manifests\/([^/]+)\/conversions$/.exec(path)?.[1];
      const answer =
        trouble?.trouble ??
        (conversion === undefined
          ? answerTo(state, { method, path, query, authorization, body: parsed(body) })
          : converted(conversion));
      state.calls.push({ method, path, authorization, body, status: answer.status });
      const content = "body" in answer ? answer.body : { message: "message" in answer ? answer.message : "" };
      const headers = "headers" in answer ? answer.headers : {};
      response.writeHead(answer.status, { "Content-Type": "application/json; charset=utf-8", ...headers });
      response.end(JSON.stringify(content));
    });
  };

  /** A code works once; from then on the app's signatures count. */
  const converted = (code: string) => {
    const made = pending.get(code);
    pending.delete(code);
    if (made === undefined) return { status: 404, message: "Not Found" };
    state.keys.set(String(made.conversion.id), made.publicKey);
    return { status: 201, body: made.conversion };
  };

  const repositories = (request: IncomingMessage, response: ServerResponse, path: string) => {
    const [, repository = ""] = /^\/([^/]+\/[^/]+?)(?:\.git)?\//.exec(path) ?? [];
    const [, encoded = ""] = /^Basic (\S+)$/.exec(request.headers.authorization ?? "") ?? [];
    const [user, token = ""] = Buffer.from(encoded, "base64").toString().split(":");
    const grant = user === "x-access-token" ? state.tokens.get(token) : undefined;
    if (grant !== undefined && mayWith(grant, { repository, permissions: { contents: "read" } }))
      return git(request, response);
    response.writeHead(401, { "WWW-Authenticate": 'Basic realm="GitHub"' }).end("Repository not found.");
  };

  /** Whoever is led here is signed in as `person`, and agrees. */
  const signIn = (request: IncomingMessage, response: ServerResponse, path: string, query: URLSearchParams) => {
    if (path === "/login/oauth/authorize") {
      response.writeHead(302, { Location: consent(state, query) }).end();
      return;
    }
    void read(request).then((body) => {
      response.writeHead(200, { "Content-Type": "application/json; charset=utf-8" });
      response.end(JSON.stringify(exchange(state, parsed(body))));
    });
  };

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    if (pathname.startsWith("/api/")) return api(request, response, pathname.slice(4), searchParams);
    if (pathname.startsWith("/login/oauth/")) return signIn(request, response, pathname, searchParams);
    if (!pathname.endsWith("/settings/apps/new")) return repositories(request, response, pathname);
    void read(request).then((body) => {
      const { made, code, location } = makeApp(body, pathname, searchParams.get("state"), url);
      pending.set(code, made);
      response.writeHead(302, { Location: location }).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("It listens on no port.");
  const url = `http://127.0.0.1:${address.port}`;
  return {
    ...state,
    url,
    apiUrl: `${url}/api`,
    app: someGitHubApp({ private_key: privateKey, html_url: `${url}/apps/slipway-team` }),
    silent: (path) => void silent.push(path),
    trouble: (path, trouble) => void troubles.push({ path, trouble }),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function read(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  return body;
}

const parsed = (body: string): unknown => (body === "" ? undefined : JSON.parse(body));
