import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, ends, logOf, registerApp } from "../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

let local: LocalMode;
let api: ReturnType<typeof apiAt>;

beforeAll(async () => {
  local = await startLocalMode();
  api = apiAt(local.url);
});

afterAll(async () => {
  await local.stop();
  removeDirectory(local.data);
});

const repoUrl = "https://git.example.com/shop.git";
const create = async (body: Readonly<Record<string, unknown>>) => {
  const answer = await api.post("/api/apps", { repoUrl, ...body });
  expect(answer).toMatchObject({ status: 201, body: { success: true } });
  return answer.body.data;
};
const show = async (id: number) => (await api.get(`/api/apps/${id}`)).body.data;
const patch = (id: number, body: unknown) => api.call("PATCH", `/api/apps/${id}`, body);

/** What an app is unless somebody says otherwise. */
const defaults = {
  branch: "main",
  root_dir: ".",
  dockerfile: "Dockerfile",
  port: 3000,
  health_check_path: "/",
  from_image: ["port", "health_check_path"],
  startup_seconds: 60,
  health_check_expect: "200-399",
  stop_seconds: 30,
  build_target: null,
  build_secrets: [],
  build_cache: true,
  architecture: "x86_64",
  build_args: {},
  auto_deploy: true,
  pause_reason: null,
  cpu: 256,
  memory: 512,
  instances: 1,
  scaling: null,
  role: null,
  env: {},
  secrets: [],
  strategy: { type: "rolling" },
  approval: "none",
  approvers: [],
  approver_ids: [],
  approval_expiry_minutes: 1440,
  allow_self_approval: true,
  on_new_push: "queue_latest",
  after_rollback: "hold",
  keep_releases: 10,
  auto_rollback: true,
  alarms: { error_percent: 5, latency_ms: null },
  watch_paths: [],
  notifications: [],
  log_retention_days: 30,
  domains: [],
  former_names: [],
  internal: false,
  rename_grace_days: 7,
  release_command: null,
  release_command_minutes: 15,
  processes: [],
  crons: [],
  runs: true,
};

/** Something other than the default for each field, as it goes in. */
const everything = {
  branch: "release",
  rootDir: "services/shop",
  dockerfile: "docker/Dockerfile",
  port: 8000,
  healthCheckPath: "/healthz",
  startupSeconds: 300,
  healthCheckExpect: "200,204",
  stopSeconds: 90,
  architecture: "arm64",
  cpu: 512,
  memory: 2048,
  instances: 3,
  env: { GREETING: "hello" },
  approval: "required",
  approvers: ["ada"],
  approvalExpiryMinutes: 60,
  allowSelfApproval: false,
  onNewPush: "cancel_running",
  afterRollback: "resume",
  keepReleases: 3,
  autoRollback: false,
  watchPaths: ["services/shop/**"],
};

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const snaked = (value: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(value).map(([name, entry]) => [snake(name), entry]));

describe("an app's settings", () => {
  test("have defaults, and are answered with exactly the fields of the contract", async () => {
    const app = await create({ name: "plain" });
    expect(app).toEqual({
      ...defaults,
      id: expect.any(Number),
      name: "plain",
      repo_url: repoUrl,
      url: `http://plain.localhost:${new URL(local.url).port}`,
      direct_url: null,
      live_deployment_id: null,
      health: "none",
      pending_changes: [],
      warnings: [],
      pinned: false,
      pinned_by: null,
      paused: null,
      git_token: false,
      github: null,
      webhook_url: `${local.url}/api/webhooks/github`,
      badge_url: expect.stringContaining(`${local.url}/api/apps/${app.id}/badge.svg?key=`),
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
    expect(await show(app.id)).toEqual(app);
    expect((await api.get("/api/apps")).body.data).toContainEqual(app);
  });

  test("go in as camelCase and come out as snake_case, each of them", async () => {
    await api.post("/api/tokens", { name: "ada", role: "deployer" });
    const app = await create({ name: "full", ...everything });
    expect(app).toMatchObject(snaked(everything));
  });

  test.each([
    [{ type: "blue_green" }, { type: "blue_green", bake_minutes: 5 }],
    [
      { type: "linear", stepPercent: 50 },
      { type: "linear", step_percent: 50, step_bake_minutes: 1, bake_minutes: 5 },
    ],
    [
      { type: "canary", bakeMinutes: 0 },
      { type: "canary", percent: 10, canary_bake_minutes: 5, bake_minutes: 0 },
    ],
    [
      { type: "rolling", smokeCheck: { path: "/ok", expectStatus: 204 } },
      { type: "rolling", smoke_check: { path: "/ok", expect_status: 204 } },
    ],
  ])("a strategy keeps what was said and fills in the rest: %j", async (strategy, answered) => {
    const app = await create({ name: `strategy-${answered.type.replace("_", "-")}`, strategy });
    expect(app.strategy).toEqual(answered);
    const changed = await patch(app.id, { port: 4000 });
    expect(changed.body.data).toEqual({ ...app, port: 4000, from_image: ["health_check_path"] });
  });

  test.each([
    ["usual", {}, { error_percent: 5, latency_ms: null }],
    ["slow", { latencyMs: 800 }, { error_percent: 5, latency_ms: 800 }],
    ["none", { errorPercent: null }, { error_percent: null, latency_ms: null }],
    ["both", { errorPercent: 0.5, latencyMs: 2000 }, { error_percent: 0.5, latency_ms: 2000 }],
  ])("alarms are those that were asked for, and the rest as usual: %s", async (name, alarms, answered) => {
    const app = await create({ name: `alarms-${name}` });
    const changed = await patch(app.id, { alarms });
    expect(changed.body.data).toEqual({ ...app, alarms: answered });
    expect((await patch(app.id, { port: 4000 })).body.data.alarms).toEqual(answered);
  });

  test("that a PATCH does not name stay as they are", async () => {
    const app = await create({ name: "patched", ...everything, secrets: { KEY: "a-value-of-mine" } });
    for (const [field, value] of [
      ["instances", 2],
      ["branch", "main"],
      ["env", {}],
      ["approval", "none"],
      ["name", "renamed"],
    ] as const) {
      const before = await show(app.id);
      const answer = await patch(app.id, { [field]: value });
      expect(answer.status).toBe(200);
      expect(answer.body.data).toEqual({
        ...before,
        [field]: value,
        ...(field === "name" ? { url: before.url.replace("patched", "renamed") } : {}),
      });
      expect(await show(app.id)).toEqual(answer.body.data);
    }
    expect((await patch(app.id, {})).body.data).toEqual(await show(app.id));
  });

  test("a name belongs to one app: two at the same moment, and a change of name too", async () => {
    const answers = await Promise.all([1, 2, 3].map(() => api.post("/api/apps", { name: "wanted", repoUrl })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    const refused = answers.find(({ status }) => status === 409);
    expect(refused?.body).toMatchObject({ success: false, code: "name_taken", details: [] });
    const other = await create({ name: "other" });
    expect(await patch(other.id, { name: "wanted" })).toMatchObject({ status: 409, body: { code: "name_taken" } });
    expect((await show(other.id)).name).toBe("other");
  });

  test("a name that an app gave up is free", async () => {
    const app = await create({ name: "old-name" });
    expect((await patch(app.id, { name: "new-name" })).status).toBe(200);
    await create({ name: "old-name" });
  });
});

/** Every file below a directory, as bytes. */
function* filesIn(directory: string): Generator<readonly [path: string, bytes: Buffer]> {
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    try {
      yield [path, readFileSync(path)];
    } catch {
      // It went while we looked.
    }
  }
}

const where = (text: string): string[] =>
  [...filesIn(local.data)].filter(([, bytes]) => bytes.includes(text)).map(([path]) => path);

/** Answers with its variables, and nothing else of it says them. */
const tellingApp = (steps: readonly string[] = []) => ({
  ...healthyApp("verbose", steps),
  "server.mjs": `import { createServer } from "node:http";
createServer((request, response) => response.end(JSON.stringify(process.env))).listen(Number(process.env.PORT), process.env.HOST);`,
});

test("a secret reaches the app it is for, and is found nowhere else", async () => {
  const value = ["open", "sesame", "8841"].join("-");
  // The build prints it, put together only there.
  const files = tellingApp(["printf 'the key is %s%s\\n' open-sesame -8841"]);
  const app = await registerApp(api, files, {
    name: "keeper",
    env: { PLAIN: "seen" },
    secrets: { KEY: value, OLD: "gone-1234" },
  });
  const created = await show(app.id);
  expect(created.secrets).toEqual(["KEY", "OLD"]);
  const id = await deploy(api, app.id);
  expect(await ends(api, id)).toMatchObject({ stage: "success" });

  const { direct_url } = await show(app.id);
  expect(await (await fetch(direct_url)).json()).toMatchObject({ PLAIN: "seen", KEY: value, OLD: "gone-1234" });
  expect(await logOf(api, id)).toContain("the key is [redacted]");
  for (const path of [`/api/apps/${app.id}`, "/api/apps", `/api/deployments/${id}`, `/api/deployments/${id}/logs`]) {
    expect(JSON.stringify((await api.get(path)).body)).not.toContain(value);
  }
  // What the build itself printed is also in CodeBuild's own archive: a build host knows no app's secrets.
  expect(where(value).filter((path) => !path.startsWith(join(local.data, "logs", "builds")))).toEqual([]);
  // The search does find what is there.
  expect(where("keeper")).not.toEqual([]);

  const removed = await patch(app.id, { secrets: { OLD: null, KEY: "another-value-77" } });
  expect(removed.body.data.secrets).toEqual(["KEY"]);
  expect(JSON.stringify(removed.body)).not.toContain("another-value-77");
  expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
  const environment = await (await fetch((await show(app.id)).direct_url)).json();
  expect(environment).toMatchObject({ KEY: "another-value-77" });
  expect(environment).not.toHaveProperty("OLD");
});

describe("deleting", () => {
  const answers = (url: string) =>
    fetch(url).then(
      () => true,
      () => false,
    );

  test("a live app: not there at once, then nothing of it runs, and its name is free", async () => {
    const app = await registerApp(api, healthyApp(), { name: "doomed", healthCheckPath: "/healthz" });
    const id = await deploy(api, app.id);
    expect(await ends(api, id)).toMatchObject({ stage: "success" });
    const { direct_url } = await show(app.id);
    expect(await answers(direct_url)).toBe(true);
    expect((await api.get(`/api/apps/${app.id}/releases`)).body.data).toEqual([
      {
        deployment_id: id,
        image_digest: expect.stringMatching(/^sha256:/),
        commit_hash: expect.stringMatching(/^[0-9a-f]{40}$/),
        released_at: expect.any(String),
        live: true,
      },
    ]);

    expect(await api.call("DELETE", `/api/apps/${app.id}`)).toMatchObject({ status: 200, body: { success: true } });
    const requests: readonly (readonly [string, string, unknown?])[] = [
      ["GET", `/api/apps/${app.id}`],
      ["PATCH", `/api/apps/${app.id}`, { port: 4000 }],
      ["DELETE", `/api/apps/${app.id}`],
      ["GET", `/api/apps/${app.id}/releases`],
      ["POST", `/api/apps/${app.id}/unpin`],
      ["POST", "/api/deployments", { appId: app.id }],
      ["POST", `/api/deployments/${id}/rollback`],
    ];
    for (const [method, path, body] of requests) {
      expect(await api.call(method, path, body)).toMatchObject({ status: 404, body: { code: "app_not_found" } });
    }
    const names = (await api.get("/api/apps")).body.data.map(({ name }: { name: string }) => name);
    expect(names).not.toContain("doomed");
    const [deleted] = (await api.get("/api/audit?limit=1")).body.data;
    expect(deleted).toMatchObject({ action: "app.delete", app_id: app.id, actor: "local", address: "127.0.0.1" });

    // Its name is free as soon as it is not there any more, whatever of it still runs.
    expect((await api.post("/api/apps", { name: "doomed", repoUrl })).status).toBe(201);
    await eventually("silence", async () => ((await answers(direct_url)) ? undefined : true));
  });

  test("an app that is being built: its deployment ends, and the queue goes on", async () => {
    const files = healthyApp("never", ['node -e "setInterval(() => {}, 1000)"']);
    const app = await registerApp(api, files, { name: "mid-build" });
    const id = await deploy(api, app.id);
    await eventually("the build", async () => {
      const { stage } = (await api.get(`/api/deployments/${id}`)).body.data;
      return stage === "building" ? true : undefined;
    });
    expect((await api.call("DELETE", `/api/apps/${app.id}`)).status).toBe(200);
    expect(await ends(api, id)).toMatchObject({ stage: "cancelled" });
    expect((await api.post("/api/apps", { name: "mid-build", repoUrl })).status).toBe(201);
  });
});
