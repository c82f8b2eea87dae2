import { beforeEach, describe, expect, test } from "@jest/globals";
import { type Authorizer, authenticate, type Credentials } from "../../lib/api/authenticate.ts";
import type { Answer, ApiDeps } from "../../lib/api/deps.ts";
import { type ApiRequest, handle } from "../../lib/api/handle.ts";
import type { Principal } from "../../lib/core/access/principal.ts";
import { apiDeps, hash, type Kept } from "../support/api-deps.ts";
import { someGitHubApp } from "../support/github-app.ts";

const ada: Principal = { id: "token#1", name: "ada", role: "deployer", apps: [1] };
const start = Date.parse("2026-01-01T00:00:00.000Z") / 1000;
const twelveHours = 12 * 3600;

let deps: ApiDeps;
let kept: Kept;

beforeEach(async () => {
  ({ deps, kept } = apiDeps());
  await deps.tokens.put(hash("adas"), {
    kind: "token",
    id: 1,
    principal: ada,
    expires_at: null,
    last_used_at: null,
    github: null,
  });
});

const request = (method: string, path: string, change: Partial<ApiRequest> = {}): ApiRequest => ({
  method,
  path,
  query: {},
  headers: {},
  body: null,
  principal: null,
  csrf: null,
  address: "192.0.2.1",
  ...change,
});
const login = (token: unknown, change: Partial<ApiRequest> = {}, at: ApiDeps = deps): Promise<Answer> =>
  handle(at, request("POST", "/api/auth/login", { body: JSON.stringify({ token }), ...change }));
const cookieOf = (answer: Answer): string => answer.headers?.["Set-Cookie"] ?? "";
const valueIn = (cookie: string): string => /^slipway_session=([0-9a-f]{64});/.exec(cookie)?.[1] ?? "";

/** The authorizer in required mode, unless it says otherwise. */
const authorizer = (change: Partial<Authorizer> = {}): Authorizer => ({
  tokens: deps.tokens,
  mode: "required",
  allowedOrigins: [],
  publicUrl: "http://localhost:8080",
  hash,
  nowSeconds: () => start,
  ...change,
});
const credentials = (headers: Record<string, string>, query: Record<string, string> = {}): Credentials => ({
  headers: { host: "localhost:8080", ...headers },
  query,
  address: "127.0.0.1",
});
const signedIn = async (): Promise<string> => `slipway_session=${valueIn(cookieOf(await login("adas")))}`;

describe("a login", () => {
  test("makes of a token a session that only its cookie opens", async () => {
    const answer = await login("adas");
    expect(answer).toMatchObject({ status: 200, body: { success: true, data: { ...ada, csrf: expect.any(String) } } });
    const attributes = cookieOf(answer).split("; ").slice(1);
    expect(attributes).toEqual(["HttpOnly", "SameSite=Strict", "Path=/", `Max-Age=${twelveHours}`, "Secure"]);
    const stored = kept.tokens.get(hash(valueIn(cookieOf(answer))));
    expect(stored).toEqual({ kind: "session", made_with: hash("adas"), expires_at: start + twelveHours });
  });

  test("is sent back over plain HTTP only where the control plane says that it is reached by it", async () => {
    const at = (publicUrl: string) =>
      login("adas", {}, { ...deps, addresses: { appUrl: "", domain: "", privateUrl: "", isHosted: false, publicUrl } });
    expect(cookieOf(await at("http://localhost:8080"))).not.toContain("Secure");
    expect(cookieOf(await at("https://slipway.example.com"))).toContain("; Secure");
  });

  test("lasts no longer than its token", async () => {
    const token = {
      kind: "token",
      id: 2,
      principal: ada,
      expires_at: start + 60,
      last_used_at: null,
      github: null,
    } as const;
    await deps.tokens.put(hash("short"), token);
    expect(cookieOf(await login("short"))).toContain("Max-Age=60;");
    await expect(login("short", {}, { ...deps, now: () => "2026-01-01T00:01:00.000Z" })).rejects.toMatchObject({
      code: "unauthorized",
    });
  });

  test("takes a token and nothing else", async () => {
    await deps.tokens.put(hash("a-ticket"), {
      kind: "ticket",
      deployment_id: 1,
      principal: ada,
      made_with: null,
      expires_at: null,
    });
    const session = valueIn(cookieOf(await login("adas")));
    for (const wrong of ["nobodys", "a-ticket", session]) {
      await expect(login(wrong)).rejects.toMatchObject({ status: 401, message: expect.stringMatching(/Ask an admin/) });
    }
    for (const malformed of [undefined, "", 7]) {
      await expect(login(malformed)).rejects.toMatchObject({ status: 400, details: [{ field: "token" }] });
    }
  });

  test("is asked for so often from one address and no oftener, and others are not held up", async () => {
    const limited: ApiDeps = {
      ...deps,
      requests: {
        ...deps.requests,
        take: async (bucket) => (bucket === "login#192.0.2.1" ? { allowed: false, retryAfter: 6 } : { allowed: true }),
      },
    };
    await expect(login("adas", {}, limited)).rejects.toMatchObject({ status: 429, headers: { "Retry-After": "6" } });
    expect((await login("adas", { address: "192.0.2.2" }, limited)).status).toBe(200);
  });

  test("and a logout come from the control plane's own pages or from none", async () => {
    const from = (origin: string) => ({ headers: { host: "localhost:8080", origin } });
    const foreign = { status: 403, code: "foreign_origin" };
    await expect(login("adas", from("http://shop.localhost:8080"))).rejects.toMatchObject(foreign);
    const logout = request("POST", "/api/auth/logout", from("http://localhost:3000"));
    await expect(handle(deps, logout)).rejects.toMatchObject(foreign);
    expect((await login("adas", from("http://localhost:8080"))).status).toBe(200);
    expect((await login("adas", from("https://admin.example.com"))).status).toBe(200);
  });
});

describe("a session", () => {
  test("speaks for the holder of its token, with a value of its own that writes must repeat", async () => {
    const [one, two] = [await signedIn(), "slipway_session=".concat("c".repeat(64))];
    await deps.tokens.put(hash("c".repeat(64)), { kind: "session", made_with: hash("adas"), expires_at: null });
    const first = await authenticate(authorizer(), credentials({ cookie: `theme=dark; ${one}` }));
    const second = await authenticate(authorizer(), credentials({ cookie: two }));
    expect([first, second]).toMatchObject([
      { outcome: "authenticated", principal: ada },
      { outcome: "authenticated", principal: ada },
    ]);
    const csrf = [first, second].map((each) => ("csrf" in each ? each.csrf : null));
    expect(new Set(csrf).size).toBe(2);
    expect(csrf[0]).toBe((await login("adas").then(({ body }) => body as { data: { csrf: string } })).data.csrf);
  });

  test("has the role that its token has now, and ends with it", async () => {
    const cookie = await signedIn();
    const demoted = { ...ada, role: "viewer" as const };
    const token = {
      kind: "token",
      id: 1,
      principal: demoted,
      expires_at: null,
      last_used_at: null,
      github: null,
    } as const;
    await deps.tokens.put(hash("adas"), token);
    expect(await authenticate(authorizer(), credentials({ cookie }))).toMatchObject({ principal: demoted });
    await deps.tokens.revoke(1);
    expect(await authenticate(authorizer(), credentials({ cookie }))).toEqual({ outcome: "unauthorized" });
  });

  test("ends after twelve hours, and by logging out, also for who logs out a second time", async () => {
    const cookie = await signedIn();
    const late = authorizer({ nowSeconds: () => start + twelveHours });
    expect(await authenticate(late, credentials({ cookie }))).toEqual({ outcome: "unauthorized" });
    for (const headers of [{ cookie }, { cookie }, {}]) {
      const answer = await handle(deps, request("POST", "/api/auth/logout", { headers }));
      expect(answer).toMatchObject({ status: 200, body: { success: true, data: null } });
      expect(cookieOf(answer)).toMatch(/^slipway_session=;.* Max-Age=0;/);
    }
    expect(await authenticate(authorizer(), credentials({ cookie }))).toEqual({ outcome: "unauthorized" });
  });

  test("a bearer token and a ticket count before it, whether they are right or wrong", async () => {
    const cookie = await signedIn();
    await deps.tokens.put(hash("a-ticket"), {
      kind: "ticket",
      deployment_id: null,
      principal: { ...ada, name: "by ticket" },
      made_with: null,
      expires_at: null,
    });
    const byTicket = await authenticate(authorizer(), credentials({ cookie }, { ticket: "a-ticket" }));
    expect(byTicket).toMatchObject({ principal: { name: "by ticket" }, csrf: null });
    const byToken = await authenticate(
      authorizer(),
      credentials({ cookie, authorization: "Bearer adas" }, { ticket: "wrong" }),
    );
    expect(byToken).toMatchObject({ outcome: "authenticated", principal: ada, csrf: null });
    for (const wrong of [
      credentials({ cookie, authorization: "Bearer wrong" }),
      credentials({ cookie }, { ticket: "wrong" }),
    ]) {
      expect(await authenticate(authorizer(), wrong)).toEqual({ outcome: "unauthorized" });
    }
  });

  test("that is over locks nobody out of their own machine, and one that is not counts there too", async () => {
    const loopback = authorizer({ mode: "loopback" });
    for (const stale of [`slipway_session=${"d".repeat(64)}`, "slipway_session=", "slipway_session=x; a=b"]) {
      expect(await authenticate(loopback, credentials({ cookie: stale }))).toMatchObject({
        principal: { name: "local" },
        csrf: null,
      });
      expect(await authenticate(authorizer(), credentials({ cookie: stale }))).toEqual({ outcome: "unauthorized" });
    }
    expect(await authenticate(loopback, credentials({ cookie: await signedIn() }))).toMatchObject({ principal: ada });
  });
});

describe("by cookie", () => {
  const all: Principal = { id: "token#1", name: "ada", role: "admin", apps: null };
  const write = (headers: Record<string, string>, csrf: string | null) =>
    handle(deps, request("POST", "/api/tickets", { principal: all, csrf, headers, body: "{}" }));

  test("nothing is changed without the value that only the own pages can read, and everything is shown", async () => {
    for (const headers of [{}, { "x-slipway-csrf": "" }, { "x-slipway-csrf": "another" }]) {
      await expect(write(headers, "mine")).rejects.toMatchObject({ status: 403, code: "csrf_required" });
    }
    expect((await write({ "x-slipway-csrf": "mine" }, "mine")).status).toBe(201);
    expect((await write({}, null)).status).toBe(201);
    const me = await handle(deps, request("GET", "/api/auth/me", { principal: all, csrf: "mine" }));
    expect(me.body).toEqual({ success: true, data: { ...all, csrf: "mine" } });
  });
});

describe("a ticket", () => {
  const asked = (body: unknown) =>
    handle(deps, request("POST", "/api/tickets", { principal: ada, body: JSON.stringify(body) }));

  test("is for the feed if no deployment is named, and never for both", async () => {
    for (const body of [{}, { feed: true }]) {
      const { body: answered } = await asked(body);
      const { ticket } = (answered as { data: { ticket: string } }).data;
      expect(kept.tokens.get(hash(ticket))).toMatchObject({ kind: "ticket", deployment_id: null, principal: ada });
    }
    await expect(asked({ feed: false })).rejects.toMatchObject({ status: 400, details: [{ field: "feed" }] });
    await expect(asked({ feed: true, deploymentId: 1 })).rejects.toMatchObject({ status: 400 });
  });
});

describe("where apps on other ports share the browser's cookies", () => {
  const local = (): ApiDeps => ({ ...deps, authMode: "local" });
  const bearer = (value: string) => ({ authorization: `Bearer ${value}` });
  const sessionOf = (answer: Answer): string => (answer.body as { data: { session: string } }).data.session;
  const exchange = (code: string, change: Partial<ApiRequest> = {}, at: ApiDeps = local()) =>
    handle(at, request("POST", "/api/auth/exchange", { body: JSON.stringify({ code }), ...change }));
  const code = (expires_at = start + 600) =>
    deps.tokens.put(hash("a code"), { kind: "code", made_with: hash("adas"), expires_at });

  test("a session is a bearer and never a cookie, by token and by code; signing out ends it and sets none either", async () => {
    await code();
    for (const signIn of [() => login("adas", {}, local()), () => exchange("a code")]) {
      const answer = await signIn();
      expect(answer.headers).toBeUndefined();
      const session = sessionOf(answer);
      const at = (headers: Record<string, string>) => authenticate(authorizer({ mode: "local" }), credentials(headers));
      expect(await at(bearer(session))).toMatchObject({
        outcome: "authenticated",
        principal: { name: "ada" },
        csrf: null,
      });
      expect((await at({ cookie: `slipway_session=${session}` })).outcome).toBe("unauthorized");
      const left = await handle(local(), request("POST", "/api/auth/logout", { headers: bearer(session) }));
      expect(left.headers).toBeUndefined();
      expect((await at(bearer(session))).outcome).toBe("unauthorized");
    }
  });

  test("signing out with an API token ends no token", async () => {
    await handle(local(), request("POST", "/api/auth/logout", { headers: bearer("adas") }));
    expect((await authenticate(authorizer({ mode: "local" }), credentials(bearer("adas")))).outcome).toBe(
      "authenticated",
    );
  });

  test("nobody is trusted for where they ask from", async () => {
    expect((await authenticate(authorizer({ mode: "local" }), credentials({}))).outcome).toBe("unauthorized");
  });

  test("a code works once, until it expires, and while its token does", async () => {
    await code();
    expect((await exchange("a code")).status).toBe(200);
    await expect(exchange("a code")).rejects.toMatchObject({ code: "unauthorized" });
    await code(start);
    await expect(exchange("a code")).rejects.toMatchObject({ code: "unauthorized" });
    await code();
    await deps.tokens.revoke(1);
    await expect(exchange("a code")).rejects.toMatchObject({ code: "unauthorized" });
  });

  test("neither a token nor a session is a code, and a code is neither of them", async () => {
    await code();
    const session = sessionOf(await login("adas", {}, local()));
    for (const other of ["adas", session])
      await expect(exchange(other)).rejects.toMatchObject({ code: "unauthorized" });
    expect((await authenticate(authorizer({ mode: "local" }), credentials(bearer("a code")))).outcome).toBe(
      "unauthorized",
    );
    expect((await authenticate(authorizer({ mode: "local" }), credentials({}, { ticket: "a code" }))).outcome).toBe(
      "unauthorized",
    );
  });

  test("GitHub's sign-in ends in a code for the sign-in page, and no session in a cookie", async () => {
    const ofGitHub: ApiDeps = {
      ...local(),
      tokens: { ...deps.tokens, ofGitHub: async () => hash("adas") },
      gitHubApps: { ...deps.gitHubApps, get: async () => someGitHubApp() },
      gitHubAccounts: {
        ...deps.gitHubAccounts,
        signedIn: async () => ({ outcome: "signed_in", account: { id: 7, login: "ada-lovelace" } }),
      },
    };
    const begun = await handle(ofGitHub, request("GET", "/api/auth/github", { query: { to: "/deployments/7" } }));
    const cookie = (begun.headers?.["Set-Cookie"] ?? "").split(";", 1)[0] ?? "";
    const query = { code: "of GitHub's", state: cookie.split("=")[1] ?? "" };
    const back = await handle(ofGitHub, request("GET", "/api/auth/github/callback", { query, headers: { cookie } }));
    expect(back.headers?.["Set-Cookie"]).toBeUndefined();
    const [, given = ""] =
      /^\/login\?to=%2Fdeployments%2F7#code=([0-9a-f]{64})$/.exec(back.headers?.Location ?? "") ?? [];
    expect((await exchange(given)).status).toBe(200);
  });

  test("guesses are limited, and keep nobody out who has a valid code", async () => {
    await code();
    const limited: ApiDeps = {
      ...local(),
      requests: { ...deps.requests, take: async () => ({ allowed: false, retryAfter: 6 }) },
    };
    await expect(exchange("a guess", {}, limited)).rejects.toMatchObject({ code: "too_many_requests" });
    expect((await exchange("a code", {}, limited)).status).toBe(200);
  });
});
