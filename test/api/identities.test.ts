// Who somebody is goes by an id. Names are for people to read: two tokens may have the same one, one after the other or at once.
import { describe, expect, test } from "@jest/globals";
import type { ApiDeps } from "../../lib/api/deps.ts";
import type { Token } from "../../lib/core/access/credential.ts";
import type { Principal } from "../../lib/core/access/principal.ts";
import { apiDeps, hash } from "../support/api-deps.ts";
import { someApp, someDeployment, someSettings } from "../support/deployments.ts";
import { ask } from "../support/stored-api-deps.ts";
import { deliver, pushed, webhookDeps } from "../support/webhooks.ts";

const admin: Principal = { id: "token#1", name: "admin", role: "admin", apps: null };
const holder = (id: number, name: string): Principal => ({ id: `token#${id}`, name, role: "deployer", apps: null });
const grace = holder(3, "grace");
const laterGrace = holder(4, "grace");

function setUp() {
  const { deps, kept } = apiDeps();
  const give = (id: number, name: string, change: Partial<Token> = {}) =>
    kept.tokens.set(hash(`${id}`), {
      kind: "token",
      id,
      principal: { name, role: "deployer", apps: null },
      expires_at: null,
      last_used_at: null,
      github: null,
      ...change,
    });
  return { deps, kept, give };
}

const create = (deps: ApiDeps, approvers: readonly string[]) =>
  ask(deps, "POST", "/api/apps", {
    as: admin,
    body: { name: "shop", repoUrl: "https://git.example.com/shop.git", approval: "required", approvers },
  });

/** Whether somebody may approve what `actor` asked for in an app as it is now. */
async function approves(deps: ApiDeps, app: number, as: Principal, actor_id: string | null = null): Promise<boolean> {
  const id = await deps.counters.next("deployments");
  const settings = (await deps.apps.get(app))?.settings ?? someSettings();
  await deps.deployments.create(
    someDeployment({ id, app_id: app, settings, actor_id, stage: "awaiting_approval", outbox: [], enqueued: [] }),
  );
  const { status } = await ask(deps, "POST", `/api/deployments/${id}/approve`, { as });
  expect([200, 403]).toContain(status);
  return status === 200;
}

describe("approvers", () => {
  test("are the tokens that had the names when they were saved, and nobody who has a name later", async () => {
    const { deps, kept, give } = setUp();
    give(3, "grace");
    const made = await create(deps, ["grace"]);
    expect(made.body.data).toMatchObject({ approvers: ["grace"], approver_ids: ["token#3"] });
    const app = made.body.data.id;
    expect(await approves(deps, app, grace)).toBe(true);
    kept.tokens.delete(hash("3"));
    give(4, "grace");
    expect(await approves(deps, app, laterGrace)).toBe(false);
    // Other settings may change meanwhile; naming her again means her who has the name now.
    await ask(deps, "PATCH", `/api/apps/${app}`, { as: admin, body: { port: 4000 } });
    expect(await approves(deps, app, laterGrace)).toBe(false);
    await ask(deps, "PATCH", `/api/apps/${app}`, { as: admin, body: { approvers: ["grace"] } });
    expect(await approves(deps, app, laterGrace)).toBe(true);
  });

  test("a name that is nobody's or several people's is refused; an id names one of them", async () => {
    const { deps, give } = setUp();
    for (const id of [3, 4]) give(id, "grace");
    give(5, "expired", { expires_at: 1 });
    const refused = await create(deps, ["grace", "bob", "expired"]);
    expect(refused).toMatchObject({
      status: 400,
      body: {
        details: [
          { field: "approvers.0", message: expect.stringContaining("token#3, token#4") },
          { field: "approvers.1", message: 'No token is named "bob". Create the token first.' },
          { field: "approvers.2" },
        ],
      },
    });
    const made = await create(deps, ["token#4"]);
    expect(made.body.data).toMatchObject({ approvers: ["token#4"], approver_ids: ["token#4"] });
    expect(await approves(deps, made.body.data.id, grace)).toBe(false);
    expect(await approves(deps, made.body.data.id, laterGrace)).toBe(true);
  });

  test("keep who they are while a second token of the same name is made", async () => {
    const { deps, give } = setUp();
    give(3, "grace");
    const app = (await create(deps, ["grace"])).body.data.id;
    give(4, "grace");
    const saved = await ask(deps, "PATCH", `/api/apps/${app}`, { as: admin, body: { approvers: ["grace"] } });
    expect(saved.body.data.approver_ids).toEqual(["token#3"]);
  });

  test("may be a token that was made a moment ago and isn't listed yet", async () => {
    const { deps, give } = setUp();
    let polls = 0;
    const pause = async () => void (++polls === 2 && give(3, "grace"));
    expect((await create({ ...deps, pause }, ["grace"])).body.data.approver_ids).toEqual(["token#3"]);
  });
});

describe("one's own deployment", () => {
  const guarded = (deps: ApiDeps) =>
    deps.apps.create(someApp({ id: 1, settings: someSettings({ approval: "required", allow_self_approval: false }) }));

  test("is that of the same token, not that of somebody with the same name", async () => {
    const { deps } = setUp();
    await guarded(deps);
    expect(await approves(deps, 1, grace, grace.id)).toBe(false);
    expect(await approves(deps, 1, laterGrace, grace.id)).toBe(true);
  });

  test("is also what its GitHub account pushed", async () => {
    const { deps, give } = setUp();
    await guarded(deps);
    give(3, "grace", { github: { id: 77, login: "grace-hopper" } });
    expect(await approves(deps, 1, grace, "github#77")).toBe(false);
    expect(await approves(deps, 1, laterGrace, "github#77")).toBe(true);
    expect(await approves(deps, 1, grace, "github#78")).toBe(true);
  });

  test("of a push goes by the account's number, of repositories on the installation's GitHub only", async () => {
    const { deps, kept } = webhookDeps();
    const gitHub = { clone_url: "https://github.com/acme/shop.git" };
    const other = { clone_url: "https://git.example.com/shop.git" };
    for (const [id, repository] of [gitHub, other].entries())
      kept.apps.set(id + 1, someApp({ id: id + 1, settings: someSettings({ repo_url: repository.clone_url }) }));
    for (const repository of [gitHub, other])
      await deliver(deps, pushed("a", { repository, sender: { id: 77, login: "grace-hopper" } }));
    const rows = [...kept.deployments.values()];
    expect(rows.map(({ actor, actor_id }) => ({ actor, actor_id }))).toEqual([
      { actor: "grace-hopper", actor_id: "github#77" },
      { actor: "grace-hopper", actor_id: null },
    ]);
  });
});

test("what somebody asks for carries their id, in its row and in the audit log", async () => {
  const { deps, kept } = setUp();
  await deps.apps.create(someApp({ id: 1 }));
  const made = await ask(deps, "POST", "/api/deployments", { as: grace, body: { appId: 1 } });
  expect(made.body).toMatchObject({ actor: "grace", actor_id: "token#3" });
  expect(kept.audit).toMatchObject([{ actor: "grace", actor_id: "token#3" }]);
});

test("a ticket and a session count as the token that they were made with", async () => {
  const { deps, kept } = setUp();
  await ask(deps, "POST", "/api/tickets", { as: grace, body: {} });
  expect([...kept.tokens.values()]).toMatchObject([{ kind: "ticket", principal: { id: "token#3" } }]);
  expect((await ask(deps, "GET", "/api/auth/me", { as: grace })).body.data).toMatchObject({ id: "token#3" });
});
