// A release is a digest and its configuration: what was set badly is undone in one rollback, without a build.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { tellingApp } from "../support/apps.ts";
import { answersOf, deploy, ends, type Registered, reaches, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

const token = "a-token-of-the-operators-own-choice";
let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let app: Registered;

beforeAll(async () => {
  local = await startLocalMode({ args: ["--auth", "required"], env: { SLIPWAY_ADMIN_TOKEN: token } });
  api = apiAt(local.url, token);
  app = await registerApp(api, tellingApp("one"), {
    name: "shop",
    healthCheckPath: "/healthz",
    startupSeconds: 600,
    env: { LEVEL: "info" },
    secrets: { KEY: "good-secret" },
    afterRollback: "resume",
  });
});

afterAll(async () => {
  await local.stop();
  removeDirectory(local.data);
});

const change = async (settings: Readonly<Record<string, unknown>>) => {
  const answer = await api.call("PATCH", `/api/apps/${app.id}`, settings);
  expect(answer.status).toBe(200);
  return answer.body.data;
};
const shown = async () => (await api.get(`/api/apps/${app.id}`)).body.data;
const configured = async () => JSON.parse((await answersOf(api, app.id, 1))[0] ?? "");
const succeeded = async (id: number) => {
  const end = await ends(api, id);
  expect(end).toMatchObject({ stage: "success", error_message: null });
  return end;
};
const rollBack = async (id: number, body: Readonly<Record<string, unknown>> = {}) => {
  const answer = await api.post(`/api/deployments/${id}/rollback`, body);
  expect(answer.status).toBe(201);
  return answer.body.id as number;
};

const good = { version: "one", level: "info", key: "good-secret" };
let first: number;
let second: number;

test("a bad variable, a bad secret and a bad port are undone in one rollback, without a build", async () => {
  first = await deploy(api, app.id);
  const released = await succeeded(first);
  expect(released.configuration).toBe(1);
  expect(await configured()).toEqual(good);
  expect(await shown()).toMatchObject({ pending_changes: [], secrets: ["KEY"] });

  const waits = await change({ env: { LEVEL: "bad" }, secrets: { KEY: "bad-secret" }, port: 4000 });
  expect([...waits.pending_changes].sort()).toEqual(["env", "port", "secrets"]);
  expect(JSON.stringify(waits)).not.toContain("secret_versions");
  expect(await configured()).toEqual(good);

  const settings = [
    { name: "port", before: null, after: 4000 },
    { name: "env", before: { LEVEL: "info" }, after: { LEVEL: "bad" } },
    { name: "KEY", changed: true },
  ];
  const noneRemoved = { removed_commits: [], removed_commits_complete: true };
  const redeploying = await api.get(`/api/apps/${app.id}/changes?of=live`);
  expect(redeploying.body.data).toEqual({
    compared_with: first,
    commits: [],
    commits_complete: true,
    ...noneRemoved,
    settings,
  });
  const hash = app.repository.commit(tellingApp("two"), "Second");
  const commits = [{ hash, message: "Second", author: expect.any(String) }];
  const deploying = await api.get(`/api/apps/${app.id}/changes`);
  expect(deploying.body.data).toEqual({
    compared_with: first,
    commits,
    commits_complete: true,
    ...noneRemoved,
    settings,
  });

  second = await deploy(api, app.id);
  expect(await succeeded(second)).toMatchObject({ configuration: 2 });
  const changed = await api.get(`/api/deployments/${second}/changes`);
  expect(changed.body.data).toEqual({
    compared_with: first,
    commits,
    commits_complete: true,
    ...noneRemoved,
    settings,
  });
  const goingBack = await api.get(`/api/apps/${app.id}/changes?deploymentId=${first}`);
  expect(goingBack.body.data).toMatchObject({
    compared_with: second,
    commits: [],
    removed_commits: commits,
    removed_commits_complete: true,
    settings: [{ name: "port", before: 4000, after: null }, { name: "env" }, { name: "KEY", changed: true }],
  });
  expect(JSON.stringify([changed.body, goingBack.body])).not.toMatch(/(good|bad)-secret/);

  expect(await configured()).toEqual({ version: "two", level: "bad", key: "bad-secret" });
  expect(await shown()).toMatchObject({ pending_changes: [] });

  const back = await succeeded(await rollBack(first));
  expect(back).toMatchObject({ configuration: 1, image_digest: released.image_digest, rollback_of: first });
  expect(back.timeline.map(({ stage }: { stage: string }) => stage)).toEqual(["pending", "deploying", "success"]);
  expect(await configured()).toEqual(good);
  // A rollback edits no settings.
  expect(await shown()).toMatchObject({ port: 4000, env: { LEVEL: "bad" } });
  expect([...(await shown()).pending_changes].sort()).toEqual(["env", "port", "secrets"]);
});

test("a rollback can also take the image alone, which needs the app's approval", async () => {
  await change({ approval: "required" });
  const id = await rollBack(second, { configuration: "as_released" });
  await succeeded(id);
  await change({ env: { LEVEL: "warn" } });
  const current = await rollBack(first, { configuration: "current" });
  await reaches(api, current, ["awaiting_approval"]);
  expect((await api.post(`/api/deployments/${current}/approve`)).status).toBe(200);
  await succeeded(current);
  expect(await configured()).toEqual({ version: "one", level: "warn", key: "bad-secret" });
  expect(await shown()).toMatchObject({ pending_changes: [] });
  await change({ approval: "none" });
  const nonsense = await api.post(`/api/deployments/${first}/rollback`, { configuration: "former" });
  expect(nonsense).toMatchObject({ status: 400, body: { details: [{ field: "configuration" }] } });
});

test("the configuration is fixed when a deployment leaves pending, and a retry keeps its own", async () => {
  app.repository.commit({ ...tellingApp("three"), Dockerfile: "FROM node:24-alpine\nRUN exit 3" }, "Fails to build");
  const failed = await deploy(api, app.id);
  expect(await ends(api, failed)).toMatchObject({ stage: "failed" });
  const before = (await api.get(`/api/deployments/${failed}`)).body.data.configuration;
  expect(before).toBeGreaterThan(2);
  await change({ env: { LEVEL: "later" } });
  const again = (await api.post(`/api/deployments/${failed}/retry`)).body.id;
  expect(await ends(api, again)).toMatchObject({ stage: "failed", configuration: before });
});

test("a redeploy releases the live image with the present settings, without a build, and shows that nothing waits", async () => {
  const live = await shown();
  const before = (await api.get(`/api/deployments/${live.live_deployment_id}`)).body.data;
  const waits = await change({ env: { LEVEL: "trace" }, secrets: { KEY: "new-secret" } });
  expect(waits.pending_changes).toEqual(["env", "secrets"]);
  const asked = await api.post(`/api/apps/${app.id}/redeploy`, { reason: "a new key" });
  expect(asked).toMatchObject({ status: 201, body: { success: true, data: { trigger: "redeploy", app_id: app.id } } });
  const end = await succeeded(asked.body.data.id);
  expect(end).toMatchObject({ image_digest: before.image_digest, commit_hash: before.commit_hash, build: null });
  expect(await configured()).toEqual({ version: "one", level: "trace", key: "new-secret" });
  expect((await shown()).pending_changes).toEqual([]);
  const entries = (await api.get(`/api/audit?appId=${app.id}`)).body.data;
  expect(entries).toContainEqual(
    expect.objectContaining({
      action: "app.redeploy",
      deployment_id: end.id,
      details: expect.objectContaining({ reason: "a new key" }),
    }),
  );
});

test("what was never live cannot be redeployed", async () => {
  const other = await registerApp(api, tellingApp("one"), { name: "other" });
  expect(await api.post(`/api/apps/${other.id}/redeploy`)).toMatchObject({
    status: 409,
    body: { code: "nothing_live", error: "other has no live release. Deploy it first." },
  });
});
