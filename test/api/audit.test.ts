import { describe, expect, test } from "@jest/globals";
import { type ApiRequest, handle } from "../../lib/api/handle.ts";
import { routes } from "../../lib/api/routes.ts";
import type { Principal } from "../../lib/core/access/principal.ts";
import { apiDeps, hash } from "../support/api-deps.ts";
import { someApp, someDeployment } from "../support/deployments.ts";

const grace: Principal = { id: "token#9", name: "grace", role: "admin", apps: null };

/** An API whose time passes with each poll at it, and whose secrets can be distinguished. */
function auditLog(who: Principal | null = grace) {
  const { deps: made, kept } = apiDeps();
  let ticks = 0;
  const deps = {
    ...made,
    now: () => new Date(Date.parse("2026-01-01T00:00:00.000Z") + 1000 * ++ticks).toISOString(),
    secret: () => hash(String(++ticks)),
  };
  kept.apps.set(1, someApp({ pinned: true }));
  kept.deployments.set(7, someDeployment({ id: 7, app_id: 1 }));
  const ask = (method: string, address: string, body?: unknown, change: Partial<ApiRequest> = {}) => {
    const { pathname: path, searchParams } = new URL(address, "http://localhost");
    const json = body === undefined ? null : JSON.stringify(body);
    const query = Object.fromEntries(searchParams);
    const caller = { principal: who, csrf: null, address: "192.0.2.7", headers: {} };
    return handle(deps, { method, path, query, body: json, ...caller, ...change });
  };
  return { ask, kept, deps };
}

const read = async (ask: ReturnType<typeof auditLog>["ask"], query = "") =>
  // biome-ignore lint/suspicious/noExplicitAny: the tests read what the wire carries, and say what it must be.
  ((await ask("GET", `/api/audit${query}`)).body as any).data;

test("every write says what it is in the audit log, or that it changes nothing for anybody else", () => {
  const silent = routes.filter(({ method, audit }) => method !== "GET" && audit === undefined);
  expect(silent).toEqual([]);
});

describe("the audit log", () => {
  test("says how settings changed, of secrets by name alone", async () => {
    const { ask } = auditLog();
    const body = {
      env: { LEVEL: "debug" },
      secrets: { KEY: "s3cret" },
      buildSecrets: { npm: "t0ken" },
      approval: "required",
    };
    await ask("PATCH", "/api/apps/1", body);
    const [entry] = await read(ask);
    expect(entry).toMatchObject({ action: "app.change", details: { fields: Object.keys(body) } });
    expect(entry.details.changes).toEqual([
      { name: "approval", before: "none", after: "required" },
      { name: "npm", changed: true },
      { name: "env", before: {}, after: { LEVEL: "debug" } },
      { name: "KEY", changed: true },
    ]);
    expect(JSON.stringify(entry)).not.toMatch(/s3cret|t0ken/);
  });

  test("says who did what to which, when and from where, newest first", async () => {
    const { ask } = auditLog();
    await ask("POST", "/api/deployments", { appId: 1, reason: "hotfix" });
    await ask("POST", "/api/deployments/7/cancel", { reason: "not this one" });
    await ask("PATCH", "/api/apps/1", { port: 4000 });
    const entries = await read(ask);
    expect(entries).toMatchObject([
      { action: "app.change", app_id: 1, deployment_id: null, details: { fields: ["port"] } },
      { action: "deployment.cancel", app_id: 1, deployment_id: 7, details: { reason: "not this one" } },
      { action: "deployment.create", app_id: 1, deployment_id: 1000, details: { reason: "hotfix", branch: "main" } },
    ]);
    for (const entry of entries) {
      expect(entry).toMatchObject({
        actor: "grace",
        actor_id: "token#9",
        role: "admin",
        address: "192.0.2.7",
        at: expect.any(String),
      });
    }
  });

  test("has no secret that was given", async () => {
    const { ask, kept } = auditLog();
    await ask("PATCH", "/api/apps/1", { secrets: { API_KEY: "s3cret-value" }, env: { GREETING: "plain-value" } });
    await ask("POST", "/api/tokens", { name: "ci", role: "deployer" });
    const whole = JSON.stringify(kept.audit);
    expect(whole).toContain("secrets");
    expect(whole).toContain("ci");
    expect(whole).not.toContain("s3cret-value");
    expect(whole).toContain("plain-value");
    for (const { id: _, ...entry } of kept.audit) expect(JSON.stringify(entry)).not.toMatch(/[0-9a-f]{64}/);
  });

  test("has nothing of what was refused, nor of a request that was only repeated", async () => {
    const { ask, kept } = auditLog();
    await expect(ask("POST", "/api/deployments/8/cancel")).rejects.toMatchObject({ status: 404 });
    await expect(ask("PATCH", "/api/apps/1", { port: 0 })).rejects.toMatchObject({ status: 400 });
    expect(kept.audit).toEqual([]);
    const headers = { "idempotency-key": "once" };
    await ask("POST", "/api/deployments", { appId: 1 }, { headers });
    await ask("POST", "/api/deployments", { appId: 1 }, { headers });
    expect(kept.audit.map(({ action }) => action)).toEqual(["deployment.create"]);
  });

  test("names who signed in", async () => {
    const { ask, kept } = auditLog(null);
    const principal = { id: "token#9", name: "ada", role: "deployer" as const, apps: null };
    kept.tokens.set(hash("adas"), {
      kind: "token",
      id: 2,
      principal,
      expires_at: null,
      last_used_at: null,
      github: null,
    });
    await ask("POST", "/api/auth/login", { token: "adas" });
    expect(kept.audit).toMatchObject([
      { action: "session.begin", actor: "ada", actor_id: "token#2", role: "deployer" },
    ]);
  });

  test("is read page by page, and by app", async () => {
    const { ask, kept } = auditLog();
    kept.apps.set(2, someApp({ id: 2 }));
    for (const app of [1, 2, 1, 1]) await ask("PATCH", `/api/apps/${app}`, { port: 4000 });
    const first = (await ask("GET", "/api/audit?appId=1&limit=2")).body as { data: unknown[]; next_cursor: string };
    expect(first.data).toHaveLength(2);
    const rest = await ask("GET", `/api/audit?appId=1&limit=2&cursor=${encodeURIComponent(first.next_cursor)}`);
    expect(rest.body).toMatchObject({ data: [{ app_id: 1 }], next_cursor: null });
    expect(await read(ask)).toHaveLength(4);
  });

  test("of an admin of certain apps is the audit log of these", async () => {
    const { ask, kept } = auditLog();
    kept.apps.set(2, someApp({ id: 2 }));
    for (const app of [1, 2]) await ask("PATCH", `/api/apps/${app}`, { port: 4000 });
    await ask("POST", "/api/tokens", { name: "ci", role: "viewer" });
    const principal = { ...grace, apps: [2] };
    const entries = (await ask("GET", "/api/audit", undefined, { principal })).body as { data: unknown[] };
    expect(entries.data).toMatchObject([{ app_id: 2 }]);
    await expect(ask("GET", "/api/audit?appId=1", undefined, { principal })).rejects.toMatchObject({ status: 404 });
  });
});
