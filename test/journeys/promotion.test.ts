// Promotion: the very image that ran in staging runs in production, with production's configuration.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { tellingApp } from "../support/apps.ts";
import { answersOf, deploy, ends, type Registered, reaches, registerApp } from "../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

const token = "a-token-of-the-operators-own-choice";
let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let staging: Registered;
let production: Registered;

beforeAll(async () => {
  local = await startLocalMode({ args: ["--auth", "required"], env: { SLIPWAY_ADMIN_TOKEN: token } });
  api = apiAt(local.url, token);
  const settings = { healthCheckPath: "/healthz", startupSeconds: 600, keepReleases: 1 };
  staging = await registerApp(api, tellingApp("one"), { ...settings, name: "staging", env: { LEVEL: "staging" } });
  production = await registerApp(api, tellingApp("never built"), {
    ...settings,
    name: "production",
    env: { LEVEL: "production" },
    secrets: { KEY: "of-production" },
    approval: "required",
  });
});

afterAll(async () => {
  await local.stop();
  removeDirectory(local.data);
});

const shown = async (id: number) => (await api.get(`/api/deployments/${id}`)).body.data;
const promote = (fromDeployment: number, who = api) =>
  who.post("/api/deployments", { appId: production.id, fromDeployment, reason: "looks good" });
const configured = async () => JSON.parse((await answersOf(api, production.id, 1))[0] ?? "");

let origin: number;
let promoted: number;

test("the digest of staging runs in production with its own configuration, after its own approval, and nothing is built", async () => {
  origin = await deploy(api, staging.id);
  const built = await ends(api, origin);
  expect(built).toMatchObject({ stage: "success", from_deployment: null, promoted_to: [] });

  const asked = await promote(origin);
  expect(asked).toMatchObject({ status: 201, body: { trigger: "promotion", from_deployment: origin } });
  promoted = asked.body.id;
  await reaches(api, promoted, ["awaiting_approval"]);
  expect((await api.post(`/api/deployments/${promoted}/approve`)).status).toBe(200);
  const end = await ends(api, promoted);
  expect(end).toMatchObject({
    stage: "success",
    image_digest: built.image_digest,
    commit_hash: built.commit_hash,
    build: null,
  });
  expect(await configured()).toEqual({ version: "one", level: "production", key: "of-production" });
  expect((await shown(origin)).promoted_to).toEqual([promoted]);
  const entries = (await api.get(`/api/audit?appId=${production.id}`)).body.data;
  expect(entries).toContainEqual(
    expect.objectContaining({
      action: "deployment.create",
      deployment_id: promoted,
      details: expect.objectContaining({ from_deployment: origin }),
    }),
  );
});

test("the image stays for as long as production names it, whatever staging keeps, and a redeploy uses it", async () => {
  staging.repository.commit(tellingApp("two"), "Second");
  expect(await ends(api, await deploy(api, staging.id))).toMatchObject({ stage: "success" });
  // Staging keeps one release only.
  expect(await promote(origin)).toMatchObject({ status: 409, body: { code: "release_not_kept" } });
  await api.call("PATCH", `/api/apps/${production.id}`, { approval: "none", env: { LEVEL: "more" } });
  const again = (await api.post(`/api/apps/${production.id}/redeploy`)).body.data;
  expect(await ends(api, again.id)).toMatchObject({ stage: "success" });
  expect(await configured()).toEqual({ version: "one", level: "more", key: "of-production" });
});

test("it also stays when staging is deleted", async () => {
  expect((await api.call("DELETE", `/api/apps/${staging.id}`)).status).toBe(200);
  await eventually("staging is gone", async () => {
    const releases = await api.get(`/api/apps/${staging.id}/releases`);
    return releases.status === 404 ? true : undefined;
  });
  const again = (await api.post(`/api/apps/${production.id}/redeploy`)).body.data;
  expect(await ends(api, again.id)).toMatchObject({ stage: "success" });
  expect(await configured()).toMatchObject({ version: "one" });
});

test("what cannot be promoted is refused: of an app that the caller may not read, of the same app, or with a commit", async () => {
  const { body } = await api.post("/api/tokens", { name: "production only", role: "deployer", apps: [production.id] });
  const limited = apiAt(local.url, body.data.token);
  expect(await promote(origin, limited)).toMatchObject({ status: 404, body: { code: "deployment_not_found" } });
  expect(await promote(999_999)).toMatchObject({ status: 404, body: { code: "deployment_not_found" } });
  expect(await promote(promoted)).toMatchObject({ status: 400, body: { details: [{ field: "fromDeployment" }] } });
  const both = { appId: production.id, fromDeployment: origin, commit: "a".repeat(40) };
  expect(await api.post("/api/deployments", both)).toMatchObject({
    status: 400,
    body: { details: [{ field: "fromDeployment" }] },
  });
});
