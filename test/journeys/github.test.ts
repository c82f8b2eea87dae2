import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, ends, logOf } from "../support/deploying.ts";
import { allPermissions, type FakeGitHub, fakeGitHub } from "../support/fake-github/server.ts";
import { gitHttp } from "../support/git-http.ts";
import {
  eventually,
  type LocalMode,
  removeDirectory,
  repository,
  startLocalMode,
  temporaryDirectory,
} from "../support/local-mode.ts";

const givenToken = "a-git-token-that-somebody-gave";
const root = temporaryDirectory();

let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let github: FakeGitHub;
let server: Server;
/** Another Git server, which wants the given token. */
let serverUrl: string;
let shop: ReturnType<typeof repository>;

const bare = join(root, "team", "shop.git");
const push = () => execFileSync("git", ["push", "--quiet", bare, "main"], { cwd: shop.path });

async function otherServer(): Promise<void> {
  const serve = gitHttp(root);
  const wanted = `Basic ${Buffer.from(`x-access-token:${givenToken}`).toString("base64")}`;
  server = createServer((request, response) =>
    request.headers.authorization === wanted ? serve(request, response) : response.writeHead(401).end(),
  );
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  serverUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function newApp(settings: Readonly<Record<string, unknown>>): Promise<number> {
  const answer = await api.post("/api/apps", { healthCheckPath: "/healthz", ...settings });
  expect(answer.status).toBe(201);
  return answer.body.data.id;
}

/** As a person with a browser: from the dashboard to GitHub and back. */
async function setUp(): Promise<void> {
  const begun = await api.post("/api/github/app/manifest", {});
  const { action, manifest } = begun.body.data;
  const body = new URLSearchParams({ manifest: JSON.stringify(manifest) });
  const made = await fetch(action, { method: "POST", body, redirect: "manual" });
  const back = new URL(made.headers.get("location") ?? "");
  expect(`${back.origin}${back.pathname}`).toBe(`${local.url}/settings/github`);
  const [code, state] = [back.searchParams.get("code"), back.searchParams.get("state")];
  const connected = await api.post("/api/github/app", { code, state });
  expect(connected.status).toBe(201);
}

beforeAll(async () => {
  shop = repository(healthyApp("one"));
  execFileSync("git", ["clone", "--quiet", "--bare", shop.path, bare]);
  [github] = await Promise.all([fakeGitHub(root), otherServer()]);
  github.installed.set("team/shop", allPermissions);
  const env = { SLIPWAY_GITHUB_URL: github.url, SLIPWAY_GITHUB_API_URL: github.apiUrl };
  // Repositories that lie elsewhere are built on this machine only when somebody says so.
  local = await startLocalMode({ args: ["--engine", "host"], env });
  api = apiAt(local.url);
});

afterAll(async () => {
  await local?.stop();
  await github?.close();
  server?.close();
  server?.closeAllConnections();
  for (const path of [local.data, root, shop.path]) removeDirectory(path);
});

const shown = (count: number) =>
  eventually(`${count} statuses at GitHub`, () => (github.statuses.length >= count ? github.statuses : undefined));

describe("a private repository", () => {
  let appId: number;
  let first: number;

  test("is not there before the GitHub App is", async () => {
    appId = await newApp({ name: "shop", repoUrl: `${github.url}/team/shop.git` });
    const deployment = await ends(api, await deploy(api, appId));
    expect(deployment).toMatchObject({ stage: "failed", error_code: "repository_not_found" });
  });

  test("is deployed once the app is set up and installed, and its commit shows how that went", async () => {
    await setUp();
    first = await eventually("a deployment whose commit was resolved", async () => {
      const id = await deploy(api, appId);
      const { commit_hash, stage } = await ends(api, id);
      return commit_hash !== "" && stage === "success" ? id : undefined;
    });
    const sha = execFileSync("git", ["rev-parse", "main"], { cwd: bare, encoding: "utf8" }).trim();
    const statuses = await shown(2);
    const target_url = `${local.url}/deployments/${first}#log`;
    expect(statuses).toMatchObject([
      { repository: "team/shop", sha, state: "pending", context: "slipway/shop", target_url },
      { sha, state: "success", description: `Deployment ${first} succeeded`, target_url },
    ]);
    const { url } = (await api.get(`/api/deployments/${first}`)).body.data;
    expect(github.deployments).toMatchObject([
      {
        ref: sha,
        environment: "shop",
        statuses: [{ state: "in_progress" }, { state: "success", log_url: target_url, environment_url: url }],
      },
    ]);
    const health = await eventually(
      "that GitHub has the status is shown at the app",
      async () => (await api.get(`/api/apps/${appId}`)).body.data.github ?? undefined,
    );
    expect(health).toMatchObject({ failing_since: null, last_sent_at: expect.any(String) });
  });

  test("shows the commit whose build failed", async () => {
    const sha = shop.commit({ Dockerfile: "FROM node:24-alpine\nRUN exit 7\n" }, "Break it");
    push();
    const id = await deploy(api, appId);
    await ends(api, id);
    const statuses = await shown(4);
    expect(statuses.at(-1)).toMatchObject({
      sha,
      state: "failure",
      description: `Deployment ${id} failed in building with exit code 7`,
    });
    expect(github.deployments.at(-1)?.statuses.at(-1)?.state).toBe("failure");
  });

  test("elsewhere is read by the app's own token, which no log shows", async () => {
    shop.commit(healthyApp("two", [`echo ${givenToken}`]), "Fix it");
    push();
    const repoUrl = `${serverUrl}/team/shop.git`;
    const id = await newApp({ name: "elsewhere", repoUrl, gitToken: givenToken });
    const deployment = await deploy(api, id);
    expect(await ends(api, deployment)).toMatchObject({ stage: "success" });
    expect(await logOf(api, deployment)).toContain("echo [redacted]");
    await api.call("PATCH", `/api/apps/${id}`, { gitToken: null });
    const without = await ends(api, await deploy(api, id));
    expect(without).toMatchObject({ stage: "failed", error_code: "repository_not_found" });
  });

  test("leaves no credential in a log of ours, and the app is forgotten with its key", async () => {
    const logs = join(local.data, "logs");
    const files = readdirSync(logs, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const all = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8"));
    for (const text of [...all, local.output()]) {
      expect(text).not.toMatch(/ghs_|PRIVATE KEY|made-client-secret|eyJ/);
      expect(text).not.toContain(givenToken);
    }
    expect((await api.call("DELETE", "/api/github/app")).status).toBe(200);
    expect((await api.get("/api/github/app")).body.data.app).toBeNull();
    const audit = (await api.get("/api/audit")).body.data;
    const actions = audit.map(({ action }: { action: string }) => action);
    expect(actions).toEqual(expect.arrayContaining(["github.connect", "github.forget"]));
  });
});

describe("somebody who signs in with GitHub", () => {
  /** As a browser goes there and back; answers where it ends, and with which session. */
  async function signIn(to = "/deployments") {
    const begun = await fetch(`${local.url}/api/auth/github?to=${encodeURIComponent(to)}`, { redirect: "manual" });
    const cookie = begun.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(
      /^slipway_sign_in=[0-9a-f]{64}; HttpOnly; SameSite=Lax; Path=\/api\/auth\/github; Max-Age=600$/,
    );
    const agreed = await fetch(begun.headers.get("location") ?? "", { redirect: "manual" });
    const back = agreed.headers.get("location") ?? "";
    const come = (headers: Readonly<Record<string, string>>) => fetch(back, { redirect: "manual", headers });
    return { come, own: { cookie: cookie.split(";", 1)[0] ?? "" } };
  }
  const endOf = ({ headers }: Response) => ({
    to: headers.get("location"),
    session: headers.get("set-cookie")?.split(";", 1)[0] ?? null,
  });

  test("cannot where there is no app to sign in with", async () => {
    expect((await api.get("/api/auth/methods")).body.data).toMatchObject({ token: true, github: false });
    expect(await api.get("/api/auth/github")).toMatchObject({ status: 409, body: { code: "github_not_connected" } });
    await setUp();
    expect((await api.get("/api/auth/methods")).body.data).toMatchObject({ token: true, github: true });
  });

  test("is let in only if a token is for their account, and is who that token says, as long as it is there", async () => {
    const stranger = await signIn();
    expect(endOf(await stranger.come(stranger.own))).toEqual({ to: "/login?problem=unknown_account", session: null });

    const unknown = await api.post("/api/tokens", { name: "bob", role: "viewer", github: "nobody-of-that-name" });
    expect(unknown).toMatchObject({ status: 400, body: { details: [{ field: "github" }] } });
    const token = { name: "ada", role: "viewer", github: "ada-lovelace" };
    const made = await api.post("/api/tokens", token);
    expect(made).toMatchObject({ status: 201, body: { data: { name: "ada", github: "ada-lovelace" } } });
    expect(await api.post("/api/tokens", token)).toMatchObject({ status: 409, body: { code: "github_account_taken" } });

    const { come, own } = await signIn("/apps/1?tab=x");
    expect(endOf(await come({}))).toEqual({ to: "/login?problem=over", session: null });
    const again = await signIn("/apps/1?tab=x");
    const { to, session } = endOf(await again.come(again.own));
    expect(to).toBe("/apps/1?tab=x");
    const me = async () => {
      const headers = { cookie: session ?? "", origin: local.url };
      return (await (await fetch(`${local.url}/api/auth/me`, { headers })).json()).data;
    };
    expect(await me()).toMatchObject({ name: "ada", role: "viewer", csrf: expect.stringMatching(/^[0-9a-f]{64}$/) });
    // What came back works once.
    expect(endOf(await again.come(again.own)).to).toBe("/login?problem=over");
    expect(endOf(await come(own)).session).not.toBeNull();

    await api.call("DELETE", `/api/tokens/${made.body.data.id}`);
    expect(await me()).toMatchObject({ name: "local", csrf: null });
    const late = await signIn();
    expect(endOf(await late.come(late.own)).to).toBe("/login?problem=unknown_account");
    expect((await api.post("/api/tokens", token)).status).toBe(201);
  });

  test("is led nowhere else", async () => {
    for (const to of ["//evil.example.com", "https://evil.example.com", "/\\evil.example.com", "/a\r\nX: y"]) {
      const { come, own } = await signIn(to);
      expect(endOf(await come(own)).to).toBe("/");
    }
  });
});
