// Who somebody is goes by an id. Names are for people to read: two tokens may have the same one, one after the other or at once.
import { describe, expect, test } from "@jest/globals";
import type { ApiWorld } from "../../lib/api/world.ts";
import type { Principal, Token } from "../../lib/core/ports/tokens.ts";
import { apiWorld, hash } from "../support/api-world.ts";
import { someApp, someDeployment, someSettings } from "../support/deployments.ts";
import { ask } from "../support/stored-api-world.ts";
import { deliver, pushed, webhookWorld } from "../support/webhooks.ts";

const admin: Principal = { id: "token#1", name: "admin", role: "admin", apps: null };
const holder = (id: number, name: string): Principal => ({ id: `token#${id}`, name, role: "deployer", apps: null });
const grace = holder(3, "grace");
const laterGrace = holder(4, "grace");

function setUp() {
  const { world, kept } = apiWorld();
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
  return { world, kept, give };
}

const create = (world: ApiWorld, approvers: readonly string[]) =>
  ask(world, "POST", "/api/apps", {
    as: admin,
    body: { name: "shop", repoUrl: "https://git.example.com/shop.git", approval: "required", approvers },
  });

/** Whether somebody may approve what `actor` asked for in an app as it is now. */
async function approves(world: ApiWorld, app: number, as: Principal, actor_id: string | null = null): Promise<boolean> {
  const id = await world.counters.next("deployments");
  const settings = (await world.apps.get(app))?.settings ?? someSettings();
  await world.deployments.create(
    someDeployment({ id, app_id: app, settings, actor_id, stage: "awaiting_approval", outbox: [], wanted: [] }),
  );
  const { status } = await ask(world, "POST", `/api/deployments/${id}/approve`, { as });
  expect([200, 403]).toContain(status);
  return status === 200;
}

describe("approvers", () => {
  test("are the tokens that had the names when they were saved, and nobody who has a name later", async () => {
    const { world, kept, give } = setUp();
    give(3, "grace");
    const made = await create(world, ["grace"]);
    expect(made.body.data).toMatchObject({ approvers: ["grace"], approver_ids: ["token#3"] });
    const app = made.body.data.id;
    expect(await approves(world, app, grace)).toBe(true);
    kept.tokens.delete(hash("3"));
    give(4, "grace");
    expect(await approves(world, app, laterGrace)).toBe(false);
    // Other settings may change meanwhile; naming her again means her who has the name now.
    await ask(world, "PATCH", `/api/apps/${app}`, { as: admin, body: { port: 4000 } });
    expect(await approves(world, app, laterGrace)).toBe(false);
    await ask(world, "PATCH", `/api/apps/${app}`, { as: admin, body: { approvers: ["grace"] } });
    expect(await approves(world, app, laterGrace)).toBe(true);
  });

  test("a name that is nobody's or several people's is refused; an id names one of them", async () => {
    const { world, give } = setUp();
    for (const id of [3, 4]) give(id, "grace");
    give(5, "expired", { expires_at: 1 });
    const refused = await create(world, ["grace", "bob", "expired"]);
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
    const made = await create(world, ["token#4"]);
    expect(made.body.data).toMatchObject({ approvers: ["token#4"], approver_ids: ["token#4"] });
    expect(await approves(world, made.body.data.id, grace)).toBe(false);
    expect(await approves(world, made.body.data.id, laterGrace)).toBe(true);
  });

  test("keep who they are while a second token of the same name is made", async () => {
    const { world, give } = setUp();
    give(3, "grace");
    const app = (await create(world, ["grace"])).body.data.id;
    give(4, "grace");
    const saved = await ask(world, "PATCH", `/api/apps/${app}`, { as: admin, body: { approvers: ["grace"] } });
    expect(saved.body.data.approver_ids).toEqual(["token#3"]);
  });

  test("may be a token that was made a moment ago and isn't listed yet", async () => {
    const { world, give } = setUp();
    let looks = 0;
    const pause = async () => void (++looks === 2 && give(3, "grace"));
    expect((await create({ ...world, pause }, ["grace"])).body.data.approver_ids).toEqual(["token#3"]);
  });
});

describe("one's own deployment", () => {
  const guarded = (world: ApiWorld) =>
    world.apps.create(someApp({ id: 1, settings: someSettings({ approval: "required", allow_self_approval: false }) }));

  test("is that of the same token, not that of somebody with the same name", async () => {
    const { world } = setUp();
    await guarded(world);
    expect(await approves(world, 1, grace, grace.id)).toBe(false);
    expect(await approves(world, 1, laterGrace, grace.id)).toBe(true);
  });

  test("is also what its GitHub account pushed", async () => {
    const { world, give } = setUp();
    await guarded(world);
    give(3, "grace", { github: { id: 77, login: "grace-hopper" } });
    expect(await approves(world, 1, grace, "github#77")).toBe(false);
    expect(await approves(world, 1, laterGrace, "github#77")).toBe(true);
    expect(await approves(world, 1, grace, "github#78")).toBe(true);
  });

  test("of a push goes by the account's number, of repositories on the installation's GitHub only", async () => {
    const { world, kept } = webhookWorld();
    const gitHub = { clone_url: "https://github.com/acme/shop.git" };
    const other = { clone_url: "https://git.example.com/shop.git" };
    for (const [id, repository] of [gitHub, other].entries())
      kept.apps.set(id + 1, someApp({ id: id + 1, settings: someSettings({ repo_url: repository.clone_url }) }));
    for (const repository of [gitHub, other])
      await deliver(world, pushed("a", { repository, sender: { id: 77, login: "grace-hopper" } }));
    const rows = [...kept.deployments.values()];
    expect(rows.map(({ actor, actor_id }) => ({ actor, actor_id }))).toEqual([
      { actor: "grace-hopper", actor_id: "github#77" },
      { actor: "grace-hopper", actor_id: null },
    ]);
  });
});

test("what somebody asks for carries their id, in its row and in the audit log", async () => {
  const { world, kept } = setUp();
  await world.apps.create(someApp({ id: 1 }));
  const made = await ask(world, "POST", "/api/deployments", { as: grace, body: { appId: 1 } });
  expect(made.body).toMatchObject({ actor: "grace", actor_id: "token#3" });
  expect(kept.audit).toMatchObject([{ actor: "grace", actor_id: "token#3" }]);
});

test("a ticket and a session count as the token that they were made with", async () => {
  const { world, kept } = setUp();
  await ask(world, "POST", "/api/tickets", { as: grace, body: {} });
  expect([...kept.tokens.values()]).toMatchObject([{ kind: "ticket", principal: { id: "token#3" } }]);
  expect((await ask(world, "GET", "/api/auth/me", { as: grace })).body.data).toMatchObject({ id: "token#3" });
});
