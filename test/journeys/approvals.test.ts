// What is approved is the image that will run; who may, and who may not, is decided where it is asked.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { answersOf, deploy, ends, logOf, type Registered, reaches, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

const token = "a-token-of-the-operators-own-choice";
let local: LocalMode;
let admin: ReturnType<typeof apiAt>;
/** Who deploys, who approves, and who only looks on. */
let ada: ReturnType<typeof apiAt>;
let grace: ReturnType<typeof apiAt>;
let barbara: ReturnType<typeof apiAt>;
let app: Registered;

beforeAll(async () => {
  local = await startLocalMode({
    args: ["--auth", "required", "--minute", "10s"],
    env: { SLIPWAY_ADMIN_TOKEN: token },
  });
  admin = apiAt(local.url, token);
  const holder = async (name: string, role: string) =>
    apiAt(local.url, (await admin.post("/api/tokens", { name, role })).body.data.token);
  [ada, grace, barbara] = await Promise.all([
    holder("ada", "deployer"),
    holder("grace", "deployer"),
    holder("barbara", "viewer"),
  ]);
  app = await registerApp(admin, healthyApp("one"), {
    name: "guarded",
    healthCheckPath: "/healthz",
    approval: "required",
    approvers: ["grace", "ada", "barbara"],
    allowSelfApproval: false,
  });
});

afterAll(async () => {
  await local.stop();
  removeDirectory(local.data);
});

const act = (who: ReturnType<typeof apiAt>, id: number, action: "approve" | "reject", reason?: string) =>
  who.post(`/api/deployments/${id}/${action}`, reason === undefined ? {} : { reason });

test("it waits with its image built; not whoever asked for it, nor who is not asked, lets it go on", async () => {
  const id = await deploy(ada, app.id);
  const waiting = await reaches(ada, id, ["awaiting_approval"]);
  expect(waiting).toMatchObject({ progress: 70, message: "Waiting for approval", actor: "ada" });
  expect(waiting.image_digest).toMatch(/^sha256:/);

  expect(await act(ada, id, "approve")).toMatchObject({
    status: 403,
    body: {
      code: "not_an_approver",
      error: "Someone other than the person who requested this deployment must approve it.",
    },
  });
  expect(await act(admin, id, "approve")).toMatchObject({ status: 403, body: { code: "not_an_approver" } });
  expect(await act(barbara, id, "approve")).toMatchObject({ status: 403, body: { code: "forbidden" } });
  // A push in the meantime changes nothing of what was looked at.
  app.repository.commit(healthyApp("two"), "Second");

  expect(await act(grace, id, "approve", "looked at by me")).toMatchObject({ status: 200, body: { id } });
  const end = await ends(ada, id);
  expect(end).toMatchObject({ stage: "success", image_digest: waiting.image_digest });
  expect(await logOf(ada, id)).toContain("Approved by grace: looked at by me\n");
  expect(await answersOf(admin, app.id, 1)).toEqual(["one"]);
  expect(await act(grace, id, "approve")).toMatchObject({ status: 409, body: { code: "stage_conflict" } });
  const auditLog = (await admin.get(`/api/audit?appId=${app.id}`)).body.data;
  expect(auditLog).toContainEqual(
    expect.objectContaining({ action: "deployment.approve", actor: "grace", deployment_id: id }),
  );
});

test("what is rejected never serves, and says by whom and why", async () => {
  const id = await deploy(ada, app.id);
  await reaches(ada, id, ["awaiting_approval"]);
  expect((await act(grace, id, "reject", "not on a Friday")).status).toBe(200);
  expect(await ends(ada, id)).toMatchObject({
    stage: "cancelled",
    error_code: "approval_rejected",
    message: "Rejected by grace: not on a Friday",
    rolled_back: false,
  });
  expect(await answersOf(admin, app.id, 1)).toEqual(["one"]);
});

test("a rollback cancels what waits for an approval, and needs none itself", async () => {
  const [live] = (await admin.get(`/api/apps/${app.id}/releases`)).body.data;
  const waits = await deploy(ada, app.id);
  await reaches(ada, waits, ["awaiting_approval"]);
  const asked = await ada.post(`/api/deployments/${live.deployment_id}/rollback`);
  expect(await ends(ada, asked.body.id)).toMatchObject({ stage: "success", rollback_of: live.deployment_id });
  expect(await ends(ada, waits)).toMatchObject({
    stage: "cancelled",
    message: `Cancelled by ada: deployment ${asked.body.id} rolls the app back`,
  });
  expect((await ada.get(`/api/apps/${app.id}`)).body.data).toMatchObject({ pinned: true, pinned_by: "ada" });
});
