import { describe, expect, test } from "@jest/globals";
import { authenticate } from "../../lib/api/authenticate.ts";
import { ApiError } from "../../lib/api/errors.ts";
import { handle } from "../../lib/api/handle.ts";
import { fromContext, toContext } from "../../lib/api/principal.ts";
import { routes } from "../../lib/api/routes.ts";
import type { Principal, Role } from "../../lib/core/access/principal.ts";
import { requestRun } from "../../lib/core/run/decide.ts";
import { apiDeps, hash } from "../support/api-deps.ts";
import { someApp, someDeployment, someSettings } from "../support/deployments.ts";

/** The lowest role that may, and a body with which it does. A route without a rule here fails. */
interface Rule {
  readonly lowest: Role | "anybody";
  /** `all_apps`: only who is not limited to certain apps. `own`: of another app it is not there. `any`: about no app. */
  readonly reach: "own" | "all_apps" | "any";
  readonly body?: (id: number) => unknown;
}

const rules: Readonly<Record<string, Rule>> = {
  "GET /api/health": { lowest: "anybody", reach: "any" },
  "GET /api/openapi.json": { lowest: "anybody", reach: "any" },
  "GET /api/asyncapi.json": { lowest: "anybody", reach: "any" },
  "GET /api/docs": { lowest: "anybody", reach: "any" },
  // Without a body it is refused for that, and not for who asks.
  "POST /api/auth/login": { lowest: "anybody", reach: "any" },
  "POST /api/auth/exchange": { lowest: "anybody", reach: "any" },
  "POST /api/auth/logout": { lowest: "anybody", reach: "any" },
  "GET /api/auth/methods": { lowest: "anybody", reach: "any" },
  "GET /api/auth/github": { lowest: "anybody", reach: "any" },
  "GET /api/auth/github/callback": { lowest: "anybody", reach: "any" },
  "GET /api/auth/me": { lowest: "viewer", reach: "any" },
  "GET /api/domain": { lowest: "viewer", reach: "any" },
  "GET /api/apps": { lowest: "viewer", reach: "any" },
  "POST /api/apps": {
    lowest: "admin",
    reach: "all_apps",
    body: () => ({ name: "new", repoUrl: "https://git.example.com/new.git" }),
  },
  "GET /api/apps/:id": { lowest: "viewer", reach: "own" },
  "PATCH /api/apps/:id": { lowest: "admin", reach: "own", body: () => ({ port: 4000 }) },
  "DELETE /api/apps/:id": { lowest: "admin", reach: "own" },
  "POST /api/apps/:id/unpin": { lowest: "deployer", reach: "own" },
  "POST /api/apps/:id/domains/retry": {
    lowest: "deployer",
    reach: "own",
    body: () => ({ name: "shop.example.com" }),
  },
  "GET /api/apps/:id/changes": { lowest: "viewer", reach: "own" },
  "GET /api/deployments/:id/usage": { lowest: "viewer", reach: "own" },
  "GET /api/deployments/:id/changes": { lowest: "viewer", reach: "own" },
  "POST /api/apps/:id/redeploy": { lowest: "deployer", reach: "own" },
  "GET /api/apps/:id/releases": { lowest: "viewer", reach: "own" },
  "GET /api/apps/:id/status": { lowest: "viewer", reach: "own" },
  "GET /api/apps/:id/badge.svg": { lowest: "viewer", reach: "own" },
  "GET /api/apps/:id/usage": { lowest: "viewer", reach: "own" },
  "GET /api/apps/:id/metrics": { lowest: "viewer", reach: "own" },
  "GET /api/dockerfile": { lowest: "admin", reach: "all_apps" },
  "GET /api/metrics": { lowest: "viewer", reach: "any" },
  "GET /api/apps/:id/runs": { lowest: "viewer", reach: "own" },
  "POST /api/apps/:id/runs": { lowest: "deployer", reach: "own", body: () => ({ command: ["true"] }) },
  "GET /api/runs/:id": { lowest: "viewer", reach: "own" },
  "POST /api/runs/:id/cancel": { lowest: "deployer", reach: "own" },
  "GET /api/deployments": { lowest: "viewer", reach: "any" },
  "POST /api/deployments": { lowest: "deployer", reach: "own", body: (id) => ({ appId: id }) },
  "GET /api/deployments/:id": { lowest: "viewer", reach: "own" },
  "POST /api/deployments/:id/cancel": { lowest: "deployer", reach: "own" },
  "POST /api/deployments/:id/retry": { lowest: "deployer", reach: "own" },
  "POST /api/deployments/:id/rollback": { lowest: "deployer", reach: "own" },
  "POST /api/deployments/:id/approve": { lowest: "deployer", reach: "own" },
  "POST /api/deployments/:id/reject": { lowest: "deployer", reach: "own" },
  "GET /api/tokens": { lowest: "admin", reach: "all_apps" },
  "POST /api/tokens": { lowest: "admin", reach: "all_apps", body: () => ({ name: "ci", role: "viewer" }) },
  "POST /api/invites": { lowest: "admin", reach: "all_apps", body: () => ({ name: "ada", role: "viewer" }) },
  "POST /api/auth/invite": { lowest: "anybody", reach: "any" },
  "DELETE /api/tokens/:id": { lowest: "admin", reach: "all_apps" },
  "GET /api/github/app": { lowest: "admin", reach: "all_apps" },
  "POST /api/github/app": { lowest: "admin", reach: "all_apps", body: () => ({ code: "a", state: "b".repeat(64) }) },
  "DELETE /api/github/app": { lowest: "admin", reach: "all_apps" },
  "POST /api/github/app/manifest": { lowest: "admin", reach: "all_apps", body: () => ({}) },
  "GET /api/orphans": { lowest: "admin", reach: "all_apps" },
  "POST /api/orphans": { lowest: "admin", reach: "all_apps" },
  "GET /api/freeze": { lowest: "viewer", reach: "any" },
  "POST /api/freeze": {
    lowest: "admin",
    reach: "all_apps",
    body: () => ({ until: "2026-01-02T00:00:00Z", reason: "Holidays" }),
  },
  "DELETE /api/freeze": { lowest: "admin", reach: "all_apps" },
  "GET /api/audit": { lowest: "admin", reach: "any" },
  "GET /api/events": { lowest: "viewer", reach: "any" },
  "POST /api/tickets": { lowest: "viewer", reach: "own", body: (id) => ({ deploymentId: id }) },
};

const ranks: readonly Role[] = ["viewer", "deployer", "admin"];
const mayByRole = (role: Role, { lowest }: Rule): boolean =>
  lowest === "anybody" || ranks.indexOf(role) >= ranks.indexOf(lowest);

const someRun = (id: number) =>
  requestRun(
    {
      id,
      app_id: id,
      deployment_id: id,
      process: "web",
      command: ["true"],
      trigger: "manual",
      actor: "ada",
      actor_id: null,
      timeout_minutes: 60,
      task_definition: "definition:1",
    },
    "2026-01-01T00:00:00.000Z",
  );

/** App, deployment and run 1 are the caller's own, 2 are another's, 3 are nobody's. */
function deps() {
  const { deps: made, kept } = apiDeps();
  for (const id of [1, 2]) {
    const settings = someSettings({ name: `app-${id}` });
    kept.apps.set(id, someApp({ id, settings }));
    kept.deployments.set(id, someDeployment({ id, app_id: id }));
    kept.runs.set(id, someRun(id));
    const principal = { id: "token#9", name: `token-${id}`, role: "viewer" as const, apps: null };
    kept.tokens.set(`hash-${id}`, { kind: "token", id, principal, expires_at: null, last_used_at: null, github: null });
  }
  return made;
}

/** `0` where it was done or refused for another reason than who asks. */
async function refusal(
  name: string,
  principal: Principal | null,
  id: number,
): Promise<{ status: number; error: string }> {
  const [method = "", path = ""] = name.split(" ");
  const body = rules[name]?.body?.(id);
  const request = {
    method,
    path: path.replace(":id", String(id)),
    query: {},
    headers: {},
    body: body === undefined ? null : JSON.stringify(body),
    principal,
    csrf: null,
    address: "192.0.2.1",
  };
  try {
    await handle(deps(), request);
    return { status: 0, error: "" };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return [401, 403, 404].includes(error.status)
      ? { status: error.status, error: error.message }
      : { status: 0, error: "" };
  }
}

const limited = (role: Role): Principal => ({ id: "token#9", name: "ada", role, apps: [1] });
const everywhere = (role: Role): Principal => ({ id: "token#9", name: "ada", role, apps: null });
const names = routes.map(({ method, path }) => `${method} ${path}`);

test("every route has a rule, and every rule a route", () => {
  expect([...names].sort()).toEqual(Object.keys(rules).sort());
});

describe.each(names)("%s", (name) => {
  const rule = rules[name] ?? { lowest: "admin", reach: "own" };

  test("needs credentials, unless it is for anybody", async () => {
    expect((await refusal(name, null, 1)).status).toBe(rule.lowest === "anybody" ? 0 : 401);
  });

  test.each(ranks)("as %s", async (role) => {
    const may = mayByRole(role, rule);
    expect((await refusal(name, everywhere(role), 1)).status).toBe(may ? 0 : 403);
    const own = may && rule.reach !== "all_apps" ? 0 : 403;
    expect((await refusal(name, limited(role), 1)).status).toBe(own);
  });

  if (rule.reach !== "own") return;

  test.each(ranks)("as %s, of another's app: answered as what is not there, whatever the role", async (role) => {
    const hidden = await refusal(name, limited(role), 2);
    const absent = await refusal(name, everywhere(role), 3);
    // Whose role is too low for a route that names its subject in the body learns only that.
    const status = mayByRole(role, rule) || name.includes(":id") ? 404 : 403;
    expect({ hidden: hidden.status, absent: absent.status }).toEqual({ hidden: status, absent: status });
    expect(hidden.error.replace("2", "3")).toBe(absent.error);
  });
});

describe("a token", () => {
  const principals: Principal[] = [
    everywhere("viewer"),
    limited("deployer"),
    { id: "token#9", name: "b, c", role: "admin", apps: [] },
  ];

  const authorizer = async () => {
    const { deps: made } = apiDeps();
    for (const [index, principal] of principals.entries()) {
      const credential = {
        kind: "token",
        id: index,
        principal,
        expires_at: null,
        last_used_at: null,
        github: null,
      } as const;
      await made.tokens.put(hash(`token-${index}`), credential);
    }
    await made.tokens.put(hash("a-ticket"), {
      kind: "ticket",
      deployment_id: 1,
      principal: everywhere("viewer"),
      made_with: null,
      expires_at: null,
    });
    return {
      tokens: made.tokens,
      mode: "loopback" as const,
      allowedOrigins: [],
      publicUrl: "http://localhost:8080",
      hash,
      nowSeconds: () => 0,
    };
  };
  const credentials = (headers: Record<string, string>, query: Record<string, string> = {}) => ({
    headers: { host: "localhost:8080", ...headers },
    query,
    address: "127.0.0.1",
  });

  test.each(principals.map((_, index) => index))("speaks for its holder and nobody more: %d", async (index) => {
    const result = await authenticate(await authorizer(), credentials({ authorization: `Bearer token-${index}` }));
    const principal = { ...principals[index], id: `token#${index}` };
    const holder = { token: hash(`token-${index}`), session: null };
    expect(result).toEqual({ outcome: "authenticated", principal, csrf: null, holder });
  });

  test.each([
    ["a token nobody has", credentials({ authorization: "Bearer nonsense" })],
    ["a ticket in place of a token", credentials({ authorization: "Bearer a-ticket" })],
    ["a token in place of a ticket", credentials({}, { ticket: "token-0" })],
    ["credentials of another kind", credentials({ authorization: "Basic YWRhOg==" })],
    ["an empty ticket", credentials({}, { ticket: "" })],
  ])("is not replaced by %s, not even on the own machine", async (_what, request) => {
    expect(await authenticate(await authorizer(), request)).toEqual({ outcome: "unauthorized" });
  });

  test.each(principals)("passes through API Gateway's context unchanged: %j", (principal) => {
    const holders = [null, { token: "a hash", session: null }, { token: "a hash", session: "another" }];
    for (const csrf of [null, "a value"]) {
      for (const holder of holders)
        expect(fromContext(toContext(principal, csrf, holder))).toEqual({ principal, csrf, holder });
    }
  });
});
