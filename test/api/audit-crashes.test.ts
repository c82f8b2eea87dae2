// Whatever took effect is in the audit log, wherever the request that did it died.
import { describe, expect, test } from "@jest/globals";
import type { ApiDeps } from "../../lib/api/deps.ts";
import { handle } from "../../lib/api/handle.ts";
import { routes } from "../../lib/api/routes.ts";
import type { Principal } from "../../lib/core/access/principal.ts";
import { noDomains } from "../../lib/core/domains/domains.ts";
import { requestRun } from "../../lib/core/run/decide.ts";
import { recordGitHubChange } from "../../lib/core/worker/github-changes.ts";
import { apiDeps, hash, type Kept } from "../support/api-deps.ts";
import { someApp, someDeployment, someSettings } from "../support/deployments.ts";
import { someGitHubApp } from "../support/github-app.ts";
import { memoryGitHubApps } from "../support/memory-github.ts";
import { memorySecrets } from "../support/memory-stores.ts";
import { silentLogger } from "../support/silent-logger.ts";

const ada: Principal = { id: "token#2", name: "ada", role: "admin", apps: null };
const app = {
  name: "docs",
  repoUrl: "https://git.example.com/docs.git",
  secrets: { KEY: "s3cret" },
  gitToken: "t0ken",
};

/** A request of each route that is recorded: its address, body, and what has to be there first. */
const requests: Readonly<Record<string, { readonly path: string; readonly body?: unknown; readonly given?: string }>> =
  {
    "POST /api/auth/login": { path: "/api/auth/login", body: { token: "ada's token" } },
    "POST /api/auth/exchange": { path: "/api/auth/exchange", body: { code: "a code" } },
    "POST /api/auth/invite": { path: "/api/auth/invite", body: { code: "an invitation" } },
    "POST /api/apps": { path: "/api/apps", body: app },
    "PATCH /api/apps/:id": {
      path: "/api/apps/1",
      body: { port: 4000, secrets: { KEY: "new" }, buildSecrets: { npm: "x" } },
    },
    "DELETE /api/apps/:id": { path: "/api/apps/1" },
    "POST /api/apps/:id/unpin": { path: "/api/apps/1/unpin" },
    "POST /api/apps/:id/domains/retry": { path: "/api/apps/1/domains/retry", body: { name: "docs.example.com" } },
    "POST /api/apps/:id/redeploy": { path: "/api/apps/1/redeploy" },
    "POST /api/apps/:id/runs": { path: "/api/apps/1/runs", body: { command: ["node", "tidy.js"] } },
    "POST /api/runs/:id/cancel": { path: "/api/runs/3/cancel" },
    "POST /api/deployments": { path: "/api/deployments", body: { appId: 1 } },
    "POST /api/deployments/:id/cancel": { path: "/api/deployments/7/cancel" },
    "POST /api/deployments/:id/retry": { path: "/api/deployments/9/retry" },
    "POST /api/deployments/:id/rollback": { path: "/api/deployments/5/rollback" },
    "POST /api/deployments/:id/approve": { path: "/api/deployments/8/approve" },
    "POST /api/deployments/:id/reject": { path: "/api/deployments/8/reject" },
    "POST /api/tokens": { path: "/api/tokens", body: { name: "ci", role: "viewer" } },
    "POST /api/invites": { path: "/api/invites", body: { name: "ben", role: "viewer" } },
    "POST /api/freeze": { path: "/api/freeze", body: { reason: "Holidays", until: "2026-01-03T00:00:00.000Z" } },
    "DELETE /api/freeze": { path: "/api/freeze" },
    "DELETE /api/tokens/:id": { path: "/api/tokens/2" },
    "POST /api/github/app": { path: "/api/github/app", body: { code: "a-code", state: "c".repeat(64) } },
    "DELETE /api/github/app": { path: "/api/github/app" },
  };

class Died extends Error {}

/** The ports of an API whose process dies at the call with this number, before it or after it took effect. */
function dying(deps: ApiDeps, at: number, when: "before" | "after") {
  let calls = 0;
  let isDead = false;
  const through = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return async (...given: unknown[]) => {
          const isLast = calls++ === at;
          if (isDead || (isLast && when === "before")) isDead = true;
          if (isDead) throw new Died();
          const answer: unknown = await Reflect.apply(member, target, given);
          if (!isLast) return answer;
          isDead = true;
          throw new Died();
        };
      },
    });
  const ports = Object.entries(deps).map(([name, port]) => [
    name,
    typeof port === "object" && port !== null && !["logger", "addresses", "allowedOrigins"].includes(name)
      ? through(port as object)
      : port,
  ]);
  return { deps: Object.fromEntries(ports) as ApiDeps, calls: () => calls };
}

/** An API in which each of the requests has something to do. */
async function fixture(route: string) {
  const { deps: plain, kept } = apiDeps();
  const settings = someSettings({ secrets: ["KEY"], build_secrets: ["npm"], approval: "required" });
  const live = someDeployment({
    id: 5,
    stage: "success",
    image_digest: "sha256:5",
    finished_at: "2026-01-01T00:00:00Z",
  });
  const release = { running: true, task_definition: "app-1:5" } as unknown as NonNullable<typeof live.release>;
  kept.apps.set(1, someApp({ pinned: true, live_deployment_id: 5, settings }));
  kept.deployments.set(5, { ...live, release });
  kept.deployments.set(7, someDeployment({ id: 7 }));
  kept.deployments.set(8, someDeployment({ id: 8, stage: "awaiting_approval", outbox: [], enqueued: [] }));
  kept.deployments.set(9, someDeployment({ id: 9, stage: "failed", finished_at: "2026-01-01T00:00:00Z", outbox: [] }));
  const released_at = "2026-01-01T00:00:00.000Z";
  kept.records.push({
    app_id: 1,
    deployment_id: 5,
    image_digest: "sha256:5",
    image_app_id: null,
    commit_hash: "a",
    released_at,
  });
  const run = { id: 3, app_id: 1, deployment_id: 5, process: "web", trigger: "manual" } as const;
  const by = { actor: "ada", actor_id: ada.id, command: ["true"], timeout_minutes: 30, task_definition: "app-1:5" };
  kept.runs.set(3, requestRun({ ...run, ...by }, released_at));
  const token = { kind: "token", principal: { name: "ada", role: "admin", apps: null }, expires_at: null } as const;
  kept.tokens.set(hash("ada's token"), { ...token, id: 2, last_used_at: null, github: null });
  kept.tokens.set(hash("a code"), { kind: "code", made_with: hash("ada's token"), expires_at: null });
  const invite = { kind: "invite", made_with: hash("ada's token"), sealed: "00".repeat(32) } as const;
  kept.tokens.set(hash("an invitation"), { ...invite, expires_at: 4e9 });
  const failed = { name: "docs.example.com", state: "failed", reason: null, certificate_arn: null } as const;
  const domains = [{ ...failed, proof: [], requested_at: "2026-01-01T00:00:00.000Z", removed: false }];
  kept.domains.set(1, { ...noDomains(1), domains, version: 1 });
  const freeze = { reason: "Holidays", actor: "ada", actor_id: ada.id, since: "2026-01-01T00:00:00.000Z" };
  if (route === "DELETE /api/freeze") await plain.freezes.put({ ...freeze, until: "2026-01-02T00:00:00.000Z" });
  const begun_by = hash(JSON.stringify([ada.id, null]));
  kept.tokens.set(hash("c".repeat(64)), { kind: "setup", begun_by, expires_at: null });
  const { connected_at: _, ...credentials } = someGitHubApp();
  let ticks = 0;
  const deps: ApiDeps = {
    ...plain,
    secrets: memorySecrets(),
    gitHubApps: memoryGitHubApps(route === "POST /api/github/app" ? null : someGitHubApp()),
    gitHubManifests: { convert: async () => ({ outcome: "converted", app: { ...credentials, webhook_secret: "w" } }) },
    now: () => new Date(Date.parse("2026-01-01T00:00:00.000Z") + 1000 * ++ticks).toISOString(),
    secret: () => hash(String(++ticks)),
  };
  return { deps, kept };
}

/** What is there of all that somebody may change, without what is noted about it. */
const stateOf = async ({ apps, tokens, runs, deployments, domains }: Kept, { gitHubApps, freezes }: ApiDeps) =>
  JSON.stringify([
    [...apps],
    [...tokens].filter(([, { kind }]) => kind === "token" || kind === "session"),
    [...runs],
    [...deployments].map(([id, row]) => [id, { ...row, outbox: [], enqueued: [] }]),
    [...domains],
    await freezes.get(),
    await gitHubApps.get(),
  ]);

/** What is in the audit log once the worker has seen to what is in the outboxes and on the queue. */
async function recorded(kept: Kept, { gitHubApps, audit }: ApiDeps): Promise<string[]> {
  for (const row of kept.deployments.values())
    for (const effect of row.outbox) if (effect.type === "record_audit_entry") await audit.record(effect.entry);
  for (const message of kept.messages)
    if (message.type === "github_changed")
      await recordGitHubChange({ gitHubApps, audit, logger: silentLogger }, message);
  return kept.audit.map(({ action }) => action);
}

const audited = routes
  .filter(({ audit }) => audit)
  .map(({ method, path, audit }) => ({ route: `${method} ${path}`, action: audit?.action ?? "" }));

describe.each(audited)("$route", ({ route, action }) => {
  const [method = "", pattern = ""] = route.split(" ");
  const asked = requests[route] ?? { path: pattern };
  const run = async (at: number, when: "before" | "after") => {
    const { deps, kept } = await fixture(route);
    const before = await stateOf(kept, deps);
    const { deps: mortal, calls } = dying(deps, at, when);
    const body = asked.body === undefined ? null : JSON.stringify(asked.body);
    const principal = pattern.startsWith("/api/auth") ? null : ada;
    const request = {
      method,
      path: asked.path,
      query: {},
      headers: {},
      body,
      principal,
      csrf: null,
      address: "192.0.2.1",
    };
    const outcome = await handle(mortal, request).then(
      ({ status }) => status,
      (error: unknown) => error,
    );
    const changed = (await stateOf(kept, deps)) !== before;
    return { outcome, calls: calls(), changed, entries: await recorded(kept, deps) };
  };

  test("is recorded once where nothing goes wrong", async () => {
    const { outcome, changed, entries } = await run(Number.POSITIVE_INFINITY, "before");
    expect([200, 201, 202]).toContain(outcome);
    expect(changed).toBe(true);
    expect(entries).toEqual([action]);
  });

  test.each(["before", "after"] as const)(
    "is recorded if and only if it took effect, where it dies %s a call",
    async (when) => {
      const { calls } = await run(Number.POSITIVE_INFINITY, when);
      const wrong: unknown[] = [];
      let deaths = 0;
      for (let at = 0; at < calls; at++) {
        const { outcome, changed, entries } = await run(at, when);
        // What an answer can do without is not waited for, dead or alive.
        if (outcome instanceof Died) deaths += 1;
        if (entries.length !== (changed ? 1 : 0)) wrong.push({ at, changed, entries });
      }
      expect(wrong).toEqual([]);
      expect(deaths).toBeGreaterThan(0);
    },
  );
});
