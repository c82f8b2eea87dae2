import { describe, expect, test } from "@jest/globals";
import { type ApiRequest, handle } from "../../lib/api/handle.ts";
import type { Principal } from "../../lib/core/access/principal.ts";
import type { Stage } from "../../lib/core/stage.ts";
import { apiDeps, hash, refusedAs } from "../support/api-deps.ts";
import { someApp, someDeployment, someSettings } from "../support/deployments.ts";
import { deliver, pushed, webhookDeps } from "../support/webhooks.ts";

const ada: Principal = { id: "token#2", name: "ada", role: "admin", apps: null };
const grace: Principal = { id: "token#3", name: "grace", role: "deployer", apps: null };
const until = "2026-01-02T08:00:00.000Z";
const sentence = "Deployments are frozen until 2026-01-02 08:00 UTC by ada: Holidays";

/** An API with one live app, at a time that tests set. */
function frozenApi() {
  const { deps: made, kept } = apiDeps();
  let now = "2026-01-01T00:00:00.000Z";
  let secrets = 0;
  const deps = { ...made, now: () => now, secret: () => hash(String(++secrets)) };
  kept.apps.set(1, someApp({ live_deployment_id: 7 }));
  const put = (id: number, stage: Stage) =>
    kept.deployments.set(id, someDeployment({ id, app_id: 1, stage, image_digest: "sha256:1" }));
  put(7, "success");
  put(8, "failed");
  put(9, "awaiting_approval");
  kept.records.push({ app_id: 1, deployment_id: 7, image_digest: "sha256:1", commit_hash: "a", released_at: now });
  const ask = async (who: Principal, method: string, path: string, body?: unknown, headers = {}) => {
    const json = body === undefined ? null : JSON.stringify(body);
    const request: ApiRequest = {
      method,
      path,
      query: {},
      body: json,
      principal: who,
      csrf: null,
      address: "",
      headers,
    };
    const { status, body: answered } = await handle(deps, request).catch(refusedAs);
    // biome-ignore lint/suspicious/noExplicitAny: the tests read what the wire carries, and say what it must be.
    return { status, body: answered as any };
  };
  const at = (time: string) => {
    now = time;
  };
  const freeze = () => ask(ada, "POST", "/api/freeze", { until, reason: "Holidays" });
  return { ask, at, freeze, kept, deps };
}

const releases = [
  ["/api/deployments", { appId: 1 }],
  ["/api/apps/1/redeploy", {}],
  ["/api/deployments/8/retry", {}],
  ["/api/deployments/7/rollback", {}],
  ["/api/deployments/9/approve", {}],
] as const;

describe("a freeze", () => {
  test("says who, why and until when, to everybody, until it is over by itself", async () => {
    const { ask, at, freeze } = frozenApi();
    expect((await ask(grace, "GET", "/api/freeze")).body.data).toBeNull();
    expect(await freeze()).toMatchObject({ status: 201 });
    const shown = { reason: "Holidays", actor: "ada", actor_id: "token#2", since: "2026-01-01T00:00:00.000Z", until };
    expect((await ask(grace, "GET", "/api/freeze")).body.data).toEqual(shown);
    at("2026-01-02T07:59:59.999Z");
    expect((await ask(grace, "POST", "/api/deployments", { appId: 1 })).status).toBe(409);
    at(until);
    expect((await ask(grace, "GET", "/api/freeze")).body.data).toBeNull();
    expect((await ask(grace, "POST", "/api/deployments", { appId: 1 })).status).toBe(201);
  });

  test.each(releases)("holds POST %s", async (path, body) => {
    const { ask, freeze, kept } = frozenApi();
    await freeze();
    const count = kept.deployments.size;
    const refused = await ask(grace, "POST", path, body);
    expect(refused).toMatchObject({ status: 409, body: { code: "frozen" } });
    expect(refused.body.error).toBe(`${sentence}. Wait until then, or have an admin override it with a reason.`);
    expect(await ask(grace, "POST", path, { ...body, override: "Hotfix" })).toMatchObject({ status: 403 });
    expect(kept.deployments.size).toBe(count);
  });

  test.each(releases)("lets POST %s pass for an admin who says why, which the audit log has", async (path, body) => {
    const { ask, freeze, kept } = frozenApi();
    await freeze();
    expect((await ask(ada, "POST", path, body)).status).toBe(409);
    const passed = await ask(ada, "POST", path, { ...body, override: "Hotfix" });
    expect(passed.status).toBeLessThan(300);
    expect(kept.audit.at(-1)).toMatchObject({ actor: "ada", details: { override: "Hotfix" } });
    if (!path.endsWith("approve")) expect((passed.body.data ?? passed.body).reason).toBe("Freeze overridden: Hotfix");
  });

  test("holds neither a cancel nor a rejection", async () => {
    const { ask, freeze } = frozenApi();
    await freeze();
    expect((await ask(grace, "POST", "/api/deployments/9/reject")).status).toBe(200);
  });

  test("does not take back what was answered: the same request is answered the same", async () => {
    const { ask, freeze } = frozenApi();
    const key = { "idempotency-key": "one" };
    const first = await ask(grace, "POST", "/api/deployments", { appId: 1 }, key);
    await freeze();
    const again = await ask(grace, "POST", "/api/deployments", { appId: 1 }, key);
    expect([again.status, again.body.id]).toEqual([200, first.body.id]);
  });

  test("is ended, made longer, and recorded", async () => {
    const { ask, freeze, kept } = frozenApi();
    await freeze();
    const longer = "2026-01-05T08:00:00.000Z";
    await ask(ada, "POST", "/api/freeze", { until: "2026-01-05T09:00:00+01:00", reason: "Longer" });
    expect((await ask(grace, "GET", "/api/freeze")).body.data).toMatchObject({ until: longer, reason: "Longer" });
    for (let times = 0; times < 2; times++)
      expect(await ask(ada, "DELETE", "/api/freeze")).toMatchObject({ status: 200, body: { data: null } });
    expect((await ask(grace, "POST", "/api/deployments", { appId: 1 })).status).toBe(201);
    const recorded = kept.audit.map(({ action, details }) => [action, details]);
    expect(recorded).toEqual([
      ["freeze.begin", { until, reason: "Holidays" }],
      ["freeze.begin", { until: longer, reason: "Longer" }],
      ["freeze.end", { reason: "Longer" }],
      ["deployment.create", expect.anything()],
    ]);
  });

  test.each([
    [{ until: "2026-01-01T00:00:00Z", reason: "Past" }, "until"],
    [{ until: "2026-06-01T00:00:00Z", reason: "Too long" }, "until"],
    [{ until: "tomorrow", reason: "No time" }, "until"],
    [{ until, reason: "" }, "reason"],
    [{ until }, "reason"],
  ])("is refused as %j", async (body, field) => {
    const { ask } = frozenApi();
    const { status, body: answered } = await ask(ada, "POST", "/api/freeze", body);
    expect([status, answered.details.map((one: { field: string }) => one.field)]).toEqual([400, [field]]);
  });

  test("is not for admins of some apps", async () => {
    const { ask } = frozenApi();
    const some = { ...ada, apps: [1] };
    expect((await ask(some, "POST", "/api/freeze", { until, reason: "Mine" })).status).toBe(403);
    expect((await ask(some, "DELETE", "/api/freeze")).status).toBe(403);
  });
});

describe("a push during a freeze", () => {
  const frozen = async () => {
    const { deps, kept } = webhookDeps();
    kept.apps.set(1, someApp({ settings: someSettings({ name: "shop" }) }));
    const { freeze, deps: api } = frozenApi();
    await freeze();
    return { deps: { ...deps, freezes: api.freezes }, kept };
  };

  test("is ignored with the reason, leaves no row, and is dealt with", async () => {
    const { deps, kept } = await frozen();
    const ignored = { deployment_id: null, deployment_ids: [], ignored: sentence };
    expect(await deliver(deps, pushed("a"))).toEqual({ status: 202, data: ignored });
    expect(kept.deployments.size).toBe(0);
    expect(await deps.marks.get(1)).toMatchObject({ commit: "a".repeat(40), asked: null });
  });

  test("stays ignored when the same delivery comes again after it", async () => {
    const { deps } = await frozen();
    const delivery = { "x-github-delivery": "d-1" };
    const first = await deliver(deps, pushed("a"), delivery);
    const freeze = await deps.freezes.get();
    if (freeze !== null) await deps.freezes.remove(freeze);
    expect(await deliver(deps, pushed("a"), delivery)).toEqual(first);
    expect((await deliver(deps, pushed("b"), { "x-github-delivery": "d-2" })).data.ignored).toBeNull();
  });

  test("that nothing would have deployed says why, as without one", async () => {
    const { deps, kept } = await frozen();
    kept.apps.set(1, someApp({ settings: someSettings({ name: "shop", auto_deploy: false }) }));
    expect((await deliver(deps, pushed("a"))).data.ignored).toBe("Automatic deploys are paused for shop.");
  });
});
