import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { addressOf, ends, type Registered, registerApp } from "../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { signatureOf, webhookSecret } from "../support/webhooks.ts";

let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let shop: Registered;

beforeAll(async () => {
  local = await startLocalMode({
    args: ["--minute", "1s"],
    env: { SLIPWAY_GITHUB_WEBHOOK_SECRET: webhookSecret },
  });
  api = apiAt(local.url);
  shop = await registerApp(api, healthyApp("one"), { name: "shop", healthCheckPath: "/healthz" });
});

afterAll(async () => {
  await local?.stop();
  removeDirectory(local.data);
});

const push = ({ repository }: Registered, after: string, change: Readonly<Record<string, unknown>> = {}) => ({
  ref: "refs/heads/main",
  after,
  repository: { clone_url: pathToFileURL(repository.path).href },
  ...change,
});

function deliver(payload: unknown, headers: Readonly<Record<string, string>> = {}) {
  const body = JSON.stringify(payload);
  return api.post("/api/webhooks/github", body, {
    "X-GitHub-Event": "push",
    "X-Hub-Signature-256": signatureOf(body),
    ...headers,
  });
}
const listed = async (app: Registered) => (await api.get(`/api/deployments?appId=${app.id}&limit=100`)).body.data;

describe("pushes to one repository", () => {
  let pushed: string;
  let missed: string;
  let first: Awaited<ReturnType<typeof deliver>>;

  test("are deployed at the commit that they name, wherever the branch is by then", async () => {
    pushed = shop.repository.commit(healthyApp("two"), "Second");
    missed = shop.repository.commit(healthyApp("three"), "Third");
    const payload = push(shop, pushed, { head_commit: { message: "Second\n\nmore" }, pusher: { name: "ada" } });
    first = await deliver(payload, { "X-GitHub-Delivery": "first" });
    expect(first).toMatchObject({ status: 202, body: { success: true, data: { ignored: null } } });
    const id = first.body.data.deployment_id;
    expect(first.body.data.deployment_ids).toEqual([id]);
    expect(await ends(api, id)).toMatchObject({
      stage: "success",
      commit_hash: pushed,
      commit_message: "Second",
      trigger: "webhook",
      actor: "ada",
    });
    expect(await (await fetch(await addressOf(api, shop.id))).text()).toBe("two");
    expect((await deliver(payload, { "X-GitHub-Delivery": "first" })).body).toEqual(first.body);
  });

  test("that no webhook announced are found", async () => {
    const found = await eventually(
      "the missed push",
      async () => (await listed(shop)).find((row: { commit_hash: string }) => row.commit_hash === missed),
      180,
    );
    expect(found).toMatchObject({ trigger: "webhook", reason: expect.stringContaining("found by polling") });
    expect(await ends(api, found.id)).toMatchObject({ stage: "success", commit_message: "Third" });
    expect(await listed(shop)).toHaveLength(2);
  });
});

test("of two apps in one repository that one is deployed below whose root directory something changed", async () => {
  const below = (directory: string) =>
    Object.fromEntries(Object.entries(healthyApp(directory)).map(([name, text]) => [`${directory}/${name}`, text]));
  const web = await registerApp(api, { ...below("web"), ...below("api") }, { name: "web", rootDir: "web" });
  const repoUrl = web.repository.path;
  const other = await api.post("/api/apps", { name: "api", rootDir: "api", repoUrl });
  const after = web.repository.commit({ "api/a.txt": "a" }, "Of the API");
  const commits = [{ id: after, added: ["api/a.txt"], removed: [], modified: [] }];
  const answer = await deliver(push(web, after, { before: "b".repeat(40), commits }));
  expect(answer.body.data.deployment_ids).toHaveLength(1);
  const shown = (await api.get(`/api/deployments/${answer.body.data.deployment_id}`)).body.data;
  expect(shown).toMatchObject({ app_id: other.body.data.id, commit_hash: after });
  expect(await listed(web)).toEqual([]);
});

test("what is not signed, or not with our secret, is answered 401 in the contract's shape", async () => {
  for (const headers of [{ "X-Hub-Signature-256": "" }, { "X-Hub-Signature-256": signatureOf("{}", "other") }]) {
    const answer = await deliver({}, headers);
    expect(answer).toMatchObject({ status: 401, body: { success: false, code: "wrong_signature", details: [] } });
    expect(answer.body.request_id).not.toBe("");
  }
});

test("of many deliveries at once, most of them repeated, none is lost, and each push is one deployment", async () => {
  const busy = await registerApp(api, { Dockerfile: "FROM scratch" }, { name: "busy" });
  const pushes = Array.from({ length: 4 }, (_, nth) => push(busy, String(nth).padStart(40, "f")));
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const nth = index % pushes.length;
      // A machine that is busy with other things may make one too late, which is delivered again, as on any host.
      const answer = await eventually(
        "a delivery is taken in",
        async () => {
          const answer = await deliver(pushes[nth], { "X-GitHub-Delivery": `busy-${nth}` });
          return answer.status >= 500 || answer.status === 429 ? undefined : answer;
        },
        180,
      );
      return { nth, ...answer };
    }),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  const repeated = [...Map.groupBy(answers, ({ nth }) => nth).values()];
  const ids = repeated.map((same) => [...new Set(same.map(({ body }) => body.data.deployment_id))]);
  expect(ids.map(({ length }) => length)).toEqual(pushes.map(() => 1));
  await eventually("all of them are listed", async () => (await listed(busy)).length >= pushes.length || undefined);
  const rows: number[] = (await listed(busy)).map(({ id }: { id: number }) => id);
  expect(rows.toSorted((a, b) => a - b)).toEqual(ids.flat().toSorted((a, b) => a - b));
});

test("during a freeze a push is ignored, a deployment needs an admin's override, and both are over with it", async () => {
  const calm = await registerApp(api, healthyApp("one"), { name: "calm", healthCheckPath: "/healthz" });
  const until = new Date(Date.now() + 3_600_000).toISOString();
  expect(await api.post("/api/freeze", { until, reason: "Holidays" })).toMatchObject({ status: 201 });
  expect((await api.get("/api/freeze")).body.data).toMatchObject({ until, reason: "Holidays" });
  const commit = calm.repository.commit(healthyApp("two"), "Second");
  const ignored = await deliver(push(calm, commit));
  expect(ignored.body.data).toMatchObject({ deployment_ids: [], ignored: expect.stringContaining("Holidays") });
  const held = await api.post("/api/deployments", { appId: calm.id });
  expect(held).toMatchObject({ status: 409, body: { code: "frozen" } });
  const overridden = await api.post("/api/deployments", { appId: calm.id, override: "Hotfix" });
  expect(await ends(api, overridden.body.id)).toMatchObject({ stage: "success", reason: "Freeze overridden: Hotfix" });
  expect(await api.call("DELETE", "/api/freeze")).toMatchObject({ status: 200, body: { data: null } });
  expect((await api.get("/api/freeze")).body.data).toBeNull();
  const actions = (await api.get("/api/audit")).body.data.map(({ action }: { action: string }) => action);
  expect(actions).toEqual(expect.arrayContaining(["freeze.begin", "freeze.end"]));
});
