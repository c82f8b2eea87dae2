import { beforeEach, describe, expect, test } from "@jest/globals";
import type { ApiDeps } from "../../lib/api/deps.ts";
import { type ApiRequest, handle } from "../../lib/api/handle.ts";
import type { Principal } from "../../lib/core/access/principal.ts";
import type { Converted, GitHubApps } from "../../lib/core/ports/github.ts";
import { apiDeps, type Kept } from "../support/api-deps.ts";
import { someGitHubApp } from "../support/github-app.ts";
import { memoryGitHubApps } from "../support/memory-github.ts";

const ada: Principal = { id: "token#9", name: "ada", role: "admin", apps: null };
const { connected_at: _, ...credentials } = someGitHubApp();

let deps: ApiDeps;
let kept: Kept;
let apps: GitHubApps;
let secrets: string[];
let conversion: Converted;

beforeEach(() => {
  const made = apiDeps();
  let count = 0;
  apps = memoryGitHubApps();
  secrets = [];
  conversion = { outcome: "converted", app: { ...credentials, webhook_secret: "from-github" } };
  kept = made.kept;
  deps = {
    ...made.deps,
    addresses: { appUrl: "", domain: "", privateUrl: "", isHosted: false, publicUrl: "https://slipway.example.com" },
    gitHubApps: apps,
    gitHubManifests: { convert: async () => conversion },
    webhookSecret: { replace: async (secret) => void secrets.push(secret) },
    secret: () => String(count++).padEnd(64, "a"),
  };
});

const call = (method: string, path: string, body?: unknown, change: Partial<ApiRequest> = {}) =>
  handle(deps, {
    method,
    path,
    query: {},
    headers: {},
    body: body === undefined ? null : JSON.stringify(body),
    principal: ada,
    csrf: null,
    address: "192.0.2.1",
    ...change,
  });
const dataOf = ({ body }: { body: unknown }) => (body as { data: Record<string, unknown> }).data;
const begin = async (body: unknown = {}, change: Partial<ApiRequest> = {}) => {
  const { action, manifest } = dataOf(await call("POST", "/api/github/app/manifest", body, change));
  return { action: String(action), manifest, state: new URL(String(action)).searchParams.get("state") ?? "" };
};
const end = (state: string, change: Partial<ApiRequest> = {}) =>
  call("POST", "/api/github/app", { code: "a-code", state }, change);

describe("setting up the GitHub App", () => {
  test("leads to GitHub with a manifest, and back to an app whose secrets nobody is shown", async () => {
    expect(dataOf(await call("GET", "/api/github/app"))).toMatchObject({ app: null, receives_pushes: true });
    const { action, manifest, state } = await begin({ organization: "team" });
    expect(action).toMatch(/^https:\/\/github\.com\/organizations\/team\/settings\/apps\/new\?state=[0-9a-f]{64}$/);
    expect(manifest).toMatchObject({ redirect_url: "https://slipway.example.com/settings/github" });
    const connected = await end(state);
    expect(connected.status).toBe(201);
    const shown = {
      app_id: 42,
      slug: "slipway-team",
      install_url: "https://github.com/apps/slipway-team/installations/new",
    };
    expect(dataOf(connected)).toMatchObject(shown);
    const asked = await call("GET", "/api/github/app");
    expect(dataOf(asked).app).toMatchObject(shown);
    expect(JSON.stringify([connected, asked])).not.toMatch(/client-secret|a key|from-github/);
    expect(await apps.get()).toEqual(someGitHubApp());
    expect(secrets).toEqual(["from-github"]);
  });

  test("is in the audit log, and so is forgetting it", async () => {
    await end((await begin()).state);
    await call("DELETE", "/api/github/app");
    await call("DELETE", "/api/github/app");
    expect(kept.audit.map(({ action, details }) => [action, details])).toEqual([
      ["github.connect", { slug: "slipway-team", owner: "team" }],
      ["github.forget", { slug: "slipway-team", owner: "team" }],
    ]);
    expect(await apps.get()).toBeNull();
  });

  test("ends only for who began it, in the same session, once and within the hour", async () => {
    const over = { code: "github_setup_over" };
    await expect(end("f".repeat(64))).rejects.toMatchObject(over);
    const others = await begin();
    await expect(end(others.state, { principal: { ...ada, id: "token#8" } })).rejects.toMatchObject(over);
    await expect(end(others.state)).rejects.toMatchObject(over);
    const headers = { "x-slipway-csrf": "one" };
    const inSession = await begin({}, { csrf: "one", headers });
    await expect(end(inSession.state, { csrf: "two", headers: { "x-slipway-csrf": "two" } })).rejects.toMatchObject(
      over,
    );
    const late = await begin();
    const { now } = deps;
    deps = { ...deps, now: () => "2026-01-01T01:00:00.000Z" };
    await expect(end(late.state)).rejects.toMatchObject(over);
    deps = { ...deps, now };
    expect(await apps.get()).toBeNull();
    const mine = await begin();
    await end(mine.state);
    await expect(end(mine.state)).rejects.toMatchObject(over);
  });

  test("keeps nothing when GitHub does not give the app, and says what to do", async () => {
    conversion = { outcome: "unreachable", message: "GitHub answered 503. Try again in a minute." };
    await expect(end((await begin()).state)).rejects.toMatchObject({ status: 502, message: conversion.message });
    conversion = { outcome: "unknown" };
    await expect(end((await begin()).state)).rejects.toMatchObject({ code: "github_setup_over" });
    expect([await apps.get(), secrets]).toEqual([null, []]);
  });

  test("happens once: another app takes forgetting the first", async () => {
    const { state } = await begin();
    await apps.create(someGitHubApp());
    await expect(begin()).rejects.toMatchObject({ code: "github_app_exists" });
    await expect(end(state)).rejects.toMatchObject({ code: "github_app_exists" });
  });

  test("happens once where two admins do it at the same time", async () => {
    const states = [await begin(), await begin()].map(({ state }) => state);
    const answers = await Promise.allSettled(states.map((state) => end(state)));
    expect(answers.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(answers.find(({ status }) => status === "rejected")).toMatchObject({
      reason: { code: "github_app_exists" },
    });
    expect(kept.audit).toHaveLength(1);
  });

  test("leaves the webhooks' secret alone where the app has no webhooks, as on a laptop", async () => {
    deps = {
      ...deps,
      addresses: { appUrl: "", domain: "", privateUrl: "", isHosted: false, publicUrl: "http://localhost:8080" },
    };
    expect(dataOf(await call("GET", "/api/github/app"))).toMatchObject({ receives_pushes: false });
    conversion = { outcome: "converted", app: { ...credentials, webhook_secret: null } };
    await end((await begin()).state);
    expect(secrets).toEqual([]);
  });

  test("goes by the edge's own host where nobody said where people reach it", async () => {
    deps = { ...deps, addresses: { appUrl: "", domain: "", privateUrl: "", isHosted: false, publicUrl: "" } };
    const { manifest } = await begin({}, { headers: { "x-slipway-host": "d1.cloudfront.net" } });
    expect(manifest).toMatchObject({ url: "https://d1.cloudfront.net" });
  });
});
