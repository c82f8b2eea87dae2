import { describe, expect, test } from "@jest/globals";
import { type ApiRequest, handle } from "../../lib/api/handle.ts";
import type { Principal } from "../../lib/core/access/principal.ts";
import { apiDeps, hash, refusedAs } from "../support/api-deps.ts";

const ada: Principal = { id: "token#9", name: "ada", role: "admin", apps: null };

/** An API whose secrets differ, at a time that tests set. */
function inviting(mode: "required" | "local" = "required") {
  const { deps: made, kept } = apiDeps();
  let now = "2026-01-01T00:00:00.000Z";
  let secrets = 0;
  const gitHubAccounts = {
    ...made.gitHubAccounts,
    find: async (login: string) => ({ outcome: "found" as const, account: { id: 7, login } }),
  };
  const deps = {
    ...made,
    authMode: mode,
    addresses: { ...made.addresses, publicUrl: "https://slipway.example.com" },
    gitHubAccounts,
    now: () => now,
    secret: () => hash(`secret ${++secrets}`),
  };
  const ask = async (who: Principal | null, method: string, path: string, body?: unknown) => {
    const json = body === undefined ? null : JSON.stringify(body);
    const request: ApiRequest = {
      method,
      path,
      query: {},
      body: json,
      principal: who,
      csrf: null,
      address: "",
      headers: {},
    };
    const answer = await handle(deps, request).catch(refusedAs);
    // biome-ignore lint/suspicious/noExplicitAny: the tests read what the wire carries, and say what it must be.
    return { ...answer, body: answer.body as any };
  };
  const invite = async (change: object = {}) =>
    (await ask(ada, "POST", "/api/invites", { name: "grace", role: "deployer", apps: [1], ...change })).body.data;
  const accept = (url: string) => ask(null, "POST", "/api/auth/invite", { code: url.split("#code=")[1] });
  const at = (time: string) => {
    now = time;
  };
  return { ask, invite, accept, at, kept };
}

describe("an invitation", () => {
  test("gives whoever opens it first the token and a session, and nobody else", async () => {
    const { invite, accept, ask, kept } = inviting();
    const { url, url_expires_at, id } = await invite();
    expect(url).toMatch(/^https:\/\/slipway\.example\.com\/invite#code=[0-9a-f]{64}$/);
    expect(url_expires_at).toBe("2026-01-02T00:00:00.000Z");
    const [listed] = (await ask(ada, "GET", "/api/tokens")).body.data;
    expect(listed).toMatchObject({ id, created_by: "ada", created_at: "2026-01-01T00:00:00.000Z" });
    const accepted = await accept(url);
    expect(accepted.status).toBe(200);
    expect(accepted.body.data).toMatchObject({ id: `token#${id}`, name: "grace", role: "deployer", apps: [1] });
    expect(accepted.headers).toMatchObject({ "Set-Cookie": expect.stringContaining("slipway_session=") });
    const { token } = accepted.body.data;
    expect(await ask(null, "POST", "/api/auth/login", { token })).toMatchObject({ status: 200 });
    expect(await accept(url)).toMatchObject({ status: 401, body: { error: expect.stringContaining("Ask an admin") } });
    expect(kept.audit.map(({ action, actor }) => [action, actor])).toEqual([
      ["token.invite", "ada"],
      ["invite.accept", "grace"],
      ["session.begin", "grace"],
    ]);
  });

  test("of several who open it at the same time lets one in", async () => {
    const { invite, accept } = inviting();
    const { url } = await invite();
    const statuses = (await Promise.all([accept(url), accept(url), accept(url)])).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([200, 401, 401]);
  });

  test("is over after a day, and when its token is revoked", async () => {
    const { invite, accept, at, ask } = inviting();
    const [late, revoked] = [await invite(), await invite({ name: "mallory" })];
    await ask(ada, "DELETE", `/api/tokens/${revoked.id}`);
    expect((await accept(revoked.url)).status).toBe(401);
    at("2026-01-02T00:00:00.000Z");
    expect((await accept(late.url)).status).toBe(401);
  });

  test("leaves nothing in the table by which the token could be known", async () => {
    const { invite, accept, kept } = inviting();
    const { url } = await invite();
    const stored = JSON.stringify([...kept.tokens]);
    const { token } = (await accept(url)).body.data;
    expect(stored).toContain(hash(token));
    expect(stored).not.toContain(token);
    expect(JSON.stringify(kept.audit)).not.toContain(token);
    expect(JSON.stringify(kept.audit)).not.toContain(url.split("=")[1]);
  });

  test("for a GitHub account begins a session and tells no token", async () => {
    const { invite, accept } = inviting();
    const { url, github } = await invite({ github: "grace-hopper" });
    expect(github).toBe("grace-hopper");
    expect((await accept(url)).body.data).toMatchObject({ token: null, github: "grace-hopper", name: "grace" });
  });

  test("in a local mode answers the session, since no cookie may hold it", async () => {
    const { invite, accept } = inviting("local");
    const accepted = await accept((await invite()).url);
    expect(accepted.body.data.session).toMatch(/^[0-9a-f]{64}$/);
    expect(accepted.headers).toBeUndefined();
  });

  test("is listed as such with the tokens, without its link", async () => {
    const { invite, ask } = inviting();
    const { url, id } = await invite();
    const { body } = await ask(ada, "GET", "/api/tokens");
    const listed = { id, invited_until: "2026-01-02T00:00:00.000Z", last_used_at: null };
    expect(body.data).toEqual([expect.objectContaining(listed)]);
    expect(JSON.stringify(body)).not.toContain(url.split("=")[1]);
  });

  test("counts as used once it was accepted", async () => {
    const { invite, accept, ask } = inviting();
    await accept((await invite()).url);
    const { body } = await ask(ada, "GET", "/api/tokens");
    expect(body.data).toEqual([expect.objectContaining({ last_used_at: "2026-01-01T00:00:00.000Z" })]);
  });

  test("does not open as a sign-in link does, nor the other way round", async () => {
    const { invite, ask } = inviting();
    const code = (await invite()).url.split("#code=")[1];
    expect((await ask(null, "POST", "/api/auth/exchange", { code })).status).toBe(401);
    expect((await ask(null, "POST", "/api/auth/invite", { code })).status).toBe(200);
  });
});
