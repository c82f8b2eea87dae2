import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { deploy } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode, temporaryDirectory } from "../support/local-mode.ts";
import { view } from "../support/viewer.ts";

const admin = "a-token-of-the-operators-own-choice";
let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let nobody: ReturnType<typeof apiAt>;
let appId: number;

beforeAll(async () => {
  local = await startLocalMode({ args: ["--auth", "required"], env: { SLIPWAY_ADMIN_TOKEN: admin } });
  api = apiAt(local.url, admin);
  nobody = apiAt(local.url);
  // A deployment of it ends at once, which is all that is wanted of it here.
  const absent = `${temporaryDirectory()}/absent`;
  appId = (await api.post("/api/apps", { name: "absent", repoUrl: absent })).body.data.id;
});

afterAll(async () => {
  await local.stop();
  removeDirectory(local.data);
});

/** What a browser keeps of an answer, and sends from then on. */
const cookieOf = (headers: Headers): string => (headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";

async function signIn(token: string) {
  const { status, headers, body } = await nobody.post("/api/auth/login", { token });
  expect(status).toBe(200);
  const cookie = { Cookie: cookieOf(headers) };
  return { cookie, setCookie: headers.get("set-cookie") ?? "", known: body.data };
}

const ask = (method: string, path: string, headers: Readonly<Record<string, string>>, body?: unknown) =>
  nobody.call(method, path, body, headers);

describe("who signs in with a token", () => {
  test("is known by a cookie that no script reads and no other site sends, until they sign out", async () => {
    const { cookie, setCookie, known } = await signIn(admin);
    expect(setCookie).toMatch(/^slipway_session=[0-9a-f]{64}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=43200$/);
    const { session, ...who } = known;
    expect(session).toBeNull();
    const csrf = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(who).toEqual({ id: "token#1", name: "admin", role: "admin", apps: null, csrf });
    expect((await ask("GET", "/api/auth/me", cookie)).body).toEqual({ success: true, data: who });
    expect((await ask("GET", "/api/auth/me", { Authorization: `Bearer ${admin}` })).body.data.csrf).toBeNull();

    const out = await ask("POST", "/api/auth/logout", cookie);
    expect(out).toMatchObject({ status: 200, body: { success: true, data: null } });
    expect(out.headers.get("set-cookie")).toMatch(/^slipway_session=; .*Max-Age=0$/);
    expect((await ask("GET", "/api/auth/me", cookie)).status).toBe(401);
    expect((await ask("POST", "/api/auth/logout", cookie)).status).toBe(200);
  });

  test("changes something only with the value that `me` answers", async () => {
    const { cookie, known } = await signIn(admin);
    const change = (headers: Readonly<Record<string, string>>) =>
      ask("PATCH", `/api/apps/${appId}`, { ...cookie, ...headers }, { port: 4000 });
    for (const headers of [{}, { "X-Slipway-CSRF": "f".repeat(64) }]) {
      expect(await change(headers)).toMatchObject({ status: 403, body: { success: false, code: "csrf_required" } });
    }
    expect((await change({ "X-Slipway-CSRF": known.csrf })).body.data.port).toBe(4000);
    // A token is sent on purpose, so it needs no more, whatever cookie comes along.
    expect((await change({ Authorization: `Bearer ${admin}` })).status).toBe(200);
    const foreign = { "X-Slipway-CSRF": known.csrf, Origin: "https://evil.example" };
    expect(await change(foreign)).toMatchObject({ status: 403, body: { code: "foreign_origin" } });
  });

  test("opens sockets as a browser does, with nothing but the cookie", async () => {
    const id = await deploy(api, appId);
    const { cookie, known } = await signIn(admin);
    const viewer = await view(local.url, `id=${id}`, { headers: { ...cookie, Origin: local.url } });
    expect((await viewer.finished()).data).toMatchObject({ stage: "failed" });
    viewer.cut();
    await ask("POST", "/api/auth/logout", { ...cookie, "X-Slipway-CSRF": known.csrf });
    await expect(view(local.url, `id=${id}`, { headers: cookie })).rejects.toThrow("HTTP 401");
  });

  test("is signed out when their token is revoked, wherever they signed in", async () => {
    const made = (await api.post("/api/tokens", { name: "ada", role: "viewer", apps: [appId] })).body.data;
    const sessions = [await signIn(made.token), await signIn(made.token)];
    for (const { cookie, known } of sessions) {
      expect(known).toMatchObject({ name: "ada", role: "viewer", apps: [appId] });
      expect((await ask("GET", "/api/apps", cookie)).body.data).toHaveLength(1);
    }
    await api.call("DELETE", `/api/tokens/${made.id}`);
    for (const { cookie } of sessions) expect((await ask("GET", "/api/apps", cookie)).status).toBe(401);
  });
});

test("a badge is shown to who has its key, and what describes the API to everybody", async () => {
  const { badge_url: address } = (await api.get(`/api/apps/${appId}`)).body.data;
  expect(address).toMatch(new RegExp(`^http://.*/api/apps/${appId}/badge\\.svg\\?key=[0-9a-f]{32}$`));
  const { pathname, search } = new URL(address);
  const shown = await nobody.get(`${pathname}${search}`);
  expect(shown).toMatchObject({ status: 200, body: expect.stringMatching(/^<svg .*<title id="title">absent: /) });
  expect(shown.headers.get("content-type")).toBe("image/svg+xml; charset=utf-8");
  const again = await nobody.call("GET", `${pathname}${search}`, undefined, {
    "If-None-Match": shown.headers.get("etag") ?? "",
  });
  expect(again.status).toBe(304);
  const stale = { Authorization: "Bearer gone" };
  expect((await nobody.call("GET", `${pathname}${search}`, undefined, stale)).status).toBe(200);

  const key = search.slice("?key=".length);
  for (const path of [`${pathname}?key=wrong`, `/api/apps/999/badge.svg?key=${key}`])
    expect(await nobody.get(path)).toMatchObject({ status: 404, body: { code: "app_not_found" } });
  for (const path of [pathname, `/api/apps/${appId}?key=${key}`, `/api/apps?key=${key}`])
    expect(await nobody.get(path)).toMatchObject({ status: 401, body: { code: "unauthorized" } });
  expect((await api.get(pathname)).status).toBe(200);

  for (const path of ["/api/openapi.json", "/api/asyncapi.json", "/api/docs"])
    expect((await nobody.get(path)).status).toBe(200);
});

test("who has no token gets no session, and who tries too often learns when to try again", async () => {
  const wrong = await nobody.post("/api/auth/login", { token: "wrong" });
  expect(wrong).toMatchObject({ status: 401, body: { success: false, code: "unauthorized" } });
  expect(wrong.headers.get("set-cookie")).toBeNull();
  const foreign = await nobody.post("/api/auth/login", { token: admin }, { Origin: "http://shop.localhost:8080" });
  expect(foreign).toMatchObject({ status: 403, body: { code: "foreign_origin" } });
  expect(await nobody.post("/api/auth/login", {})).toMatchObject({
    status: 400,
    body: { details: [{ field: "token" }] },
  });

  const tries = [];
  for (let index = 0; index < 12; index++) tries.push(await nobody.post("/api/auth/login", { token: "wrong" }));
  const refused = tries.find(({ status }) => status === 429);
  expect(refused?.body).toMatchObject({ success: false, code: "too_many_requests" });
  expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0);
});
