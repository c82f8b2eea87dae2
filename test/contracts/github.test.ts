import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { cachedGitHubApps } from "../../lib/adapters/cached/github-app.ts";
import { repositoryAccess } from "../../lib/adapters/git/repository-access.ts";
import { gitHubManifests } from "../../lib/adapters/github/manifests.ts";
import { octokitGitHub } from "../../lib/adapters/github/octokit.ts";
import { gitHubRequest } from "../../lib/adapters/github/request.ts";
import { manifestFor } from "../../lib/core/github/manifest.ts";
import { allPermissions, type FakeGitHub, fakeGitHub } from "../support/fake-github/server.ts";
import { appKey, someGitHubApp } from "../support/github-app.ts";
import { removeDirectory, temporaryDirectory } from "../support/local-mode.ts";
import { memoryGitHubApps, memoryGitTokens } from "../support/memory-github.ts";
import { silentLogger } from "../support/silent-logger.ts";

const root = temporaryDirectory();
const shop = { owner: "team", name: "shop" };
const commit = "c".repeat(40);
const nowSeconds = () => Math.floor(Date.now() / 1000);

let github: FakeGitHub;
beforeAll(async () => {
  github = await fakeGitHub(root);
  github.installed.set("team/shop", allPermissions);
});
beforeEach(() => void github.calls.splice(0));
afterAll(async () => {
  await github?.close();
  removeDirectory(root);
});

const api = (app = github.app) => octokitGitHub({ apps: memoryGitHubApps(app), apiUrl: github.apiUrl, nowSeconds });
const status = { state: "success", context: "slipway/shop", description: "It works", target_url: null } as const;
const paths = () => github.calls.map(({ method, path, status: answered }) => `${answered} ${method} ${path}`);

describe("GitHub as an app", () => {
  test("gives a token that reads the one repository and nothing else", async () => {
    const answer = await api().readToken(shop, { fresh: false });
    expect(answer).toEqual({ outcome: "answered", value: expect.stringMatching(/^ghs_/) });
    const token = answer.outcome === "answered" ? answer.value : "";
    expect(github.tokens.get(token)).toEqual({ repository: "team/shop", permissions: { contents: "read" } });
  });

  test("gives a token for a repository that was renamed, which it is asked for by its former name", async () => {
    github.moved.set("former/name", { id: 4711, to: "team/shop" });
    const answer = await api().readToken({ owner: "former", name: "name" }, { fresh: false });
    const token = answer.outcome === "answered" ? answer.value : "";
    expect(github.tokens.get(token)).toEqual({ repository: "team/shop", permissions: { contents: "read" } });
    const set = await api().setStatus({ owner: "former", name: "name" }, commit, status);
    expect(set).toMatchObject({ outcome: "answered" });
    expect(github.statuses.at(-1)).toMatchObject({ repository: "team/shop", sha: commit });
  });

  test("is asked for a token once, and again where an hour from now is wanted", async () => {
    const one = api();
    const [first, second] = [await one.readToken(shop, { fresh: false }), await one.readToken(shop, { fresh: false })];
    expect(second).toEqual(first);
    expect(await one.readToken(shop, { fresh: true })).not.toEqual(first);
    expect(paths().filter((path) => path.includes("access_tokens"))).toHaveLength(2);
  });

  test("sets a commit's status and a deployment's with a token that may do just that", async () => {
    const one = api();
    await one.setStatus(shop, commit, { ...status, target_url: "https://slipway.example.com/deployments/7" });
    const ours = { commit, environment: "shop", task: "deploy", description: "d", deployment_id: 7 };
    const made = await one.createDeployment(shop, ours);
    expect(made).toMatchObject({ outcome: "answered" });
    const id = made.outcome === "answered" ? made.value : 0;
    await one.setDeploymentStatus(shop, id, {
      state: "inactive",
      description: "It was cancelled",
      log_url: "https://slipway.example.com/deployments/7",
      environment_url: null,
    });
    expect(github.statuses.at(-1)).toMatchObject({ repository: "team/shop", sha: commit, state: "success" });
    expect(github.deployments.at(-1)).toMatchObject({
      ref: commit,
      environment: "shop",
      statuses: [{ state: "inactive", log_url: "https://slipway.example.com/deployments/7" }],
    });
    expect(await one.findDeployment(shop, ours)).toEqual({ outcome: "answered", value: id });
    expect(await one.findDeployment(shop, { ...ours, deployment_id: 8 })).toEqual({ outcome: "answered", value: null });
    const scopes = [...github.tokens.values()].at(-1)?.permissions;
    expect(scopes).toEqual({ statuses: "write", deployments: "write" });
  });

  test("is not installed where it is not, and there is none where nobody made one", async () => {
    expect(await api().setStatus({ owner: "team", name: "other" }, commit, status)).toEqual({
      outcome: "not_installed",
    });
    const none = octokitGitHub({ apps: memoryGitHubApps(), apiUrl: github.apiUrl, nowSeconds });
    expect(await none.readToken(shop, { fresh: false })).toEqual({ outcome: "not_installed" });
  });

  test("takes another token where the one it has was taken back", async () => {
    const one = api();
    await one.setStatus(shop, commit, status);
    github.tokens.clear();
    expect(await one.setStatus(shop, commit, status)).toEqual({ outcome: "answered", value: null });
  });

  test("says who must fix something when its key is not the app's any more, or it may not do what is asked", async () => {
    const { privateKey } = appKey();
    const stranger = await api({ ...github.app, private_key: privateKey }).setStatus(shop, commit, status);
    expect(stranger).toEqual({ outcome: "refused", message: expect.stringContaining("401") });
    github.trouble(/statuses/, { status: 403, message: "Resource not accessible by integration" });
    const denied = await api().setStatus(shop, commit, status);
    expect(denied).toEqual({ outcome: "refused", message: expect.stringContaining("permissions") });
    expect(JSON.stringify([stranger, denied])).not.toMatch(/ghs_|eyJ|PRIVATE/);
  });

  const reset = String(nowSeconds() + 600);
  test.each([
    ["a secondary limit with Retry-After", { status: 403, headers: { "Retry-After": "30" } }, 30],
    [
      "a secondary limit that says nothing more",
      { status: 403, message: "You have exceeded a secondary rate limit" },
      60,
    ],
    ["too many requests", { status: 429 }, 60],
    [
      "the hourly limit",
      { status: 403, headers: { "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset } },
      expect.closeTo(600, -2),
    ],
  ])("is rate limited after %s", async (_what, trouble, seconds) => {
    github.trouble(/statuses/, trouble);
    expect(await api().setStatus(shop, commit, status)).toEqual({
      outcome: "rate_limited",
      message: expect.stringMatching(/\.$/),
      seconds,
    });
  });

  test("may answer later when it is broken or not there", async () => {
    github.trouble(/statuses/, { status: 502, message: "Bad Gateway" });
    expect(await api().setStatus(shop, commit, status)).toMatchObject({ outcome: "unreachable" });
    const nowhere = octokitGitHub({ apps: memoryGitHubApps(github.app), apiUrl: "http://127.0.0.1:1", nowSeconds });
    expect(await nowhere.setStatus(shop, commit, status)).toMatchObject({ outcome: "unreachable" });
  });
});

describe("an app made from a manifest", () => {
  const page = async () => {
    const body = new URLSearchParams({
      manifest: JSON.stringify(manifestFor("https://slipway.example.com", "Slipway")),
    });
    const answer = await fetch(`${github.url}/settings/apps/new?state=s`, { method: "POST", body, redirect: "manual" });
    return new URL(answer.headers.get("location") ?? "").searchParams.get("code") ?? "";
  };

  test("is exchanged for its credentials, once, and not before its time or without an answer", async () => {
    const { convert } = gitHubManifests(github.apiUrl);
    const code = await page();
    github.trouble(/conversions/, { status: 503 });
    expect(await convert(code)).toMatchObject({ outcome: "unreachable" });
    const converted = await convert(code);
    expect(converted).toMatchObject({
      outcome: "converted",
      app: { app_id: 4711, owner: "ada", webhook_secret: "made-webhook-secret" },
    });
    expect(JSON.stringify(converted)).toContain("BEGIN RSA PRIVATE KEY");
    expect(await convert(code)).toEqual({ outcome: "unknown" });
  });
});

test("a request ends when GitHub does not answer", async () => {
  const request = gitHubRequest(github.apiUrl, 50);
  github.silent(/slow/);
  await expect(request("GET /slow")).rejects.toMatchObject({ status: 500 });
});

describe("what a private repository is read by", () => {
  const access = (change: Partial<Parameters<typeof repositoryAccess>[0]> = {}) =>
    repositoryAccess({
      gitTokens: memoryGitTokens(new Map([[1, { origin: "https://git.example.com", token: "given" }]])),
      gitHub: api(),
      gitHubUrl: github.url,
      fresh: true,
      logger: silentLogger,
      ...change,
    });
  const basic = (token: string) => `Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;

  test("is the app's own token, at its own server only", async () => {
    const mine = { app_id: 1, git_token: true };
    expect(await access().authorization({ ...mine, url: "https://git.example.com/a/b.git" })).toBe(basic("given"));
    for (const url of [
      "https://git.example.com.evil.example/a/b.git",
      "http://git.example.com/a/b.git",
      "https://git.example.com:8443/a/b.git",
      `${github.url}/team/shop.git`,
      "file:///srv/shop",
    ])
      expect(await access().authorization({ ...mine, url })).toBeNull();
  });

  test("is the GitHub App's, for what lies at this GitHub and it is installed on", async () => {
    const plain = { app_id: 2, git_token: false };
    const given = await access().authorization({ ...plain, url: `${github.url}/team/shop.git` });
    expect(given).toBe(basic([...github.tokens.keys()].at(-1) ?? ""));
    expect(await access().authorization({ ...plain, url: `${github.url}/team/other` })).toBeNull();
    github.calls.splice(0);
    expect(await access().authorization({ ...plain, url: "https://github.com/team/shop" })).toBeNull();
    expect(github.calls).toEqual([]);
  });

  test("is nothing where GitHub refuses, which is logged, and is awaited while it does not answer", async () => {
    const warned: string[] = [];
    const asked = { app_id: 2, git_token: false, url: `${github.url}/team/shop` };
    github.trouble(/installation$/, { status: 403, message: "This installation has been suspended" });
    expect(
      await access({ logger: { ...silentLogger, warn: (message) => void warned.push(message) } }).authorization(asked),
    ).toBeNull();
    expect(warned).toHaveLength(1);
    github.trouble(/installation$/, { status: 503 });
    await expect(access().authorization(asked)).rejects.toThrow("503");
  });
});

test("the app is cached for a minute, and that there is none for five seconds", async () => {
  const kept = memoryGitHubApps();
  let now = 0;
  const cached = cachedGitHubApps(kept, () => now);
  expect(await cached.get()).toBeNull();
  await kept.create(someGitHubApp());
  now = 4;
  expect(await cached.get()).toBeNull();
  now = 6;
  expect(await cached.get()).toEqual(someGitHubApp());
  await kept.remove();
  now = 65;
  expect(await cached.get()).not.toBeNull();
  now = 66;
  expect(await cached.get()).toBeNull();
});
