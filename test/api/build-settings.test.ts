import { beforeEach, describe, expect, test } from "@jest/globals";
import { type BuildsDeps, claimBuild } from "../../lib/api/builds.ts";
import type { ApiDeps } from "../../lib/api/deps.ts";
import { ApiError } from "../../lib/api/errors.ts";
import { handle } from "../../lib/api/handle.ts";
import { knownBuilds } from "../../lib/api/known-builds.ts";
import { claimAnswerSchema } from "../../lib/contract/build.ts";
import { apiDeps, type Kept } from "../support/api-deps.ts";
import { someImageAccess } from "../support/image-access.ts";

let deps: ApiDeps;
let kept: Kept;
let stored: Map<string, string>;
let secretsMade: number;
beforeEach(() => {
  const made = apiDeps();
  secretsMade = 0;
  stored = new Map();
  kept = made.kept;
  const secrets: ApiDeps["secrets"] = {
    put: async (_app, values, which) => {
      for (const [name, value] of Object.entries(values))
        if (which !== "missing" || !stored.has(name)) stored.set(name, value);
    },
    remove: async (_app, names) => names.forEach((name) => void stored.delete(name)),
    stored: async () => [...stored.keys()].map((name) => ({ name, written_at: "2026-01-01T00:00:00.000Z" })),
    values: async () => [...stored.values()],
    ofBuilds: async () =>
      Object.fromEntries([...stored].flatMap(([name, value]) => (name.startsWith("build/") ? [[name, value]] : []))),
  };
  const secret = () => String(++secretsMade).padStart(16, "0").padEnd(64, "-");
  deps = { ...made.deps, secrets, secret };
});

const send = async (method: string, path: string, body: unknown) => {
  const answer = await handle(deps, {
    method,
    path,
    query: {},
    headers: {},
    body: JSON.stringify(body),
    principal: { id: "token#9", name: "ada", role: "admin", apps: null },
    csrf: null,
    address: "192.0.2.1",
  });
  // biome-ignore lint/suspicious/noExplicitAny: the tests read what the wire carries, and say what it must be.
  return answer as { status: number; body: any };
};
const app = { name: "shop", repoUrl: "https://git.example.com/shop.git" };
const create = (change: Readonly<Record<string, unknown>> = {}) => send("POST", "/api/apps", { ...app, ...change });

async function refused(change: Readonly<Record<string, unknown>>, path = "/api/apps", method = "POST") {
  try {
    await send(method, path, method === "POST" ? { ...app, ...change } : change);
  } catch (error) {
    if (error instanceof ApiError) return error.details.map(({ field }) => field);
    throw error;
  }
  return [];
}

describe("an app's settings of builds", () => {
  const settings = {
    buildArgs: { MODE: "fast" },
    buildSecrets: { npm_token: "a-build-secret" },
    buildTarget: "web",
    buildCache: false,
    dockerfile: "../Dockerfile",
    rootDir: "web",
  };

  test("are kept and shown, of secrets the names alone", async () => {
    const { body } = await create(settings);
    expect(body.data).toMatchObject({
      build_args: { MODE: "fast" },
      build_secrets: ["npm_token"],
      build_target: "web",
      build_cache: false,
    });
    expect(Object.fromEntries(stored)).toEqual({ "build/npm_token/0000000000000001": "a-build-secret" });
    expect(JSON.stringify(body)).not.toContain("build_secret_versions");
    expect(JSON.stringify([body, ...kept.apps.values(), kept.audit])).not.toContain("a-build-secret");
  });

  test("change one by one, and secrets are set and removed by name, apart from variables of the same name", async () => {
    const { body } = await create({ ...settings, secrets: { npm_token: "a-variable" } });
    const path = `/api/apps/${body.data.id}`;
    const change = async (patch: unknown) => (await send("PATCH", path, patch)).body.data;
    expect(await change({ buildTarget: null })).toMatchObject({ build_target: null, build_args: { MODE: "fast" } });
    expect(await change({ buildSecrets: { npm_token: null, pip: "x" } })).toMatchObject({
      build_secrets: ["pip"],
      secrets: ["npm_token"],
    });
    const row = kept.apps.get(body.data.id)?.settings;
    const [secretVersion, pipVersion] = [row?.secret_versions.npm_token, row?.build_secret_versions.pip];
    expect(row?.build_secret_versions).toEqual({ pip: pipVersion });
    expect(stored.get(`npm_token.${secretVersion}`)).toBe("a-variable");
    expect(stored.get(`build/pip/${pipVersion}`)).toBe("x");
  });

  test("change as versions: a deployment keeps those it was requested with, and a retry builds with the present ones", async () => {
    const { body } = await create({ buildSecrets: { npm_token: "old" } });
    const request = async (path: string, given: unknown) => (await send("POST", path, given)).body.id;
    const first = await request("/api/deployments", { appId: body.data.id });
    const patched = await send("PATCH", `/api/apps/${body.data.id}`, { buildSecrets: { npm_token: "new" } });
    expect(JSON.stringify(patched)).not.toContain("build_secret_versions");
    const secretOf = async (deployment_id: number) => {
      const asked = { deployment_id, attempt: 1, ticket: "ticket", token: "a".repeat(64) };
      return claimAnswerSchema.parse((await claimBuild(buildsDeps(), asked)).body).data.build.secrets.npm_token;
    };
    expect(await secretOf(first)).toBe("old");
    const row = kept.deployments.get(first);
    if (row !== undefined) kept.deployments.set(first, { ...row, stage: "failed", configuration: 1 });
    expect(await secretOf(await request(`/api/deployments/${first}/retry`, {}))).toBe("new");
  });

  test("reach a build with its claim, and a secret that is gone is named", async () => {
    const { body } = await create(settings);
    const deployment = await send("POST", "/api/deployments", { appId: body.data.id });
    const claim = async () => {
      const answer = await claimBuild(buildsDeps(), {
        deployment_id: deployment.body.id,
        attempt: 1,
        ticket: "ticket",
        token: "a".repeat(64),
      });
      return claimAnswerSchema.parse(answer.body).data.build;
    };
    const build = { args: { MODE: "fast" }, target: "web", root_dir: "web", dockerfile: "../Dockerfile" };
    expect(await claim()).toMatchObject({ ...build, secrets: { npm_token: "a-build-secret" }, lost_secrets: [] });
    stored.clear();
    expect(await claim()).toMatchObject({ ...build, secrets: {}, lost_secrets: ["npm_token"] });
  });

  test("a deployment may do without the cache, and a retry of it does, too", async () => {
    const { body } = await create();
    const usual = await send("POST", "/api/deployments", { appId: body.data.id });
    const anew = await send("POST", "/api/deployments", { appId: body.data.id, buildCache: false });
    const cacheOf = (id: number) => kept.deployments.get(id)?.build_cache;
    expect([cacheOf(usual.body.id), cacheOf(anew.body.id)]).toEqual([true, false]);
    const row = kept.deployments.get(anew.body.id);
    if (row !== undefined) kept.deployments.set(row.id, { ...row, stage: "failed" });
    const retry = await send("POST", `/api/deployments/${anew.body.id}/retry`, {});
    expect(cacheOf(retry.body.id)).toBe(false);
  });

  test("are refused where they cannot be meant", async () => {
    expect(await refused({ buildArgs: { "A B": "x" } })).toEqual(["buildArgs.A B"]);
    expect(await refused({ buildSecrets: { "a,b": "x" } })).toEqual(["buildSecrets.a,b"]);
    expect(await refused({ buildTarget: "--push" })).toEqual(["buildTarget"]);
    expect(await refused({ dockerfile: "/etc/passwd" })).toEqual(["dockerfile"]);
    expect(await refused({ dockerfile: "../Dockerfile" })).toEqual(["dockerfile"]);
    expect(await refused({ rootDir: "web", dockerfile: "../../Dockerfile" })).toEqual(["dockerfile"]);
    expect(await refused({ rootDir: "web", dockerfile: "../docker/Dockerfile" })).toEqual([]);
  });
});

describe("variables and secrets that would not work", () => {
  test("are refused at once: ECS would refuse them after the build", async () => {
    expect(await refused({ env: { KEY: "a" }, secrets: { KEY: "b" } })).toEqual(["secrets.KEY"]);
    expect(await refused({ secrets: { PORT: "1", SLIPWAY_APP: "x" } })).toEqual([
      "secrets.PORT",
      "secrets.SLIPWAY_APP",
    ]);
    expect(await refused({ env: { SLIPWAY_X: "1" } })).toEqual(["env.SLIPWAY_X"]);
    expect(await refused({ env: { PORT: "8080" } })).toEqual(["env.PORT"]);
    expect(await refused({ env: { PORT: "8080" }, port: 8080 })).toEqual([]);
    expect(await refused({ env: { KEY: "a\0b" } })).toEqual(["env.KEY"]);
  });

  test("are refused in a change, but what an app had before does not stand in the way of others", async () => {
    const { body } = await create({ env: { KEY: "a" } });
    const path = `/api/apps/${body.data.id}`;
    expect(await refused({ secrets: { KEY: "b" } }, path, "PATCH")).toEqual(["secrets.KEY"]);
    const row = kept.apps.get(body.data.id);
    if (row === undefined) throw new Error("There is no app.");
    kept.apps.set(row.id, { ...row, settings: { ...row.settings, secrets: ["KEY"] } });
    expect(await refused({ healthCheckPath: "/healthz" }, path, "PATCH")).toEqual([]);
    expect(await refused({ env: {} }, path, "PATCH")).toEqual([]);
  });
});

function buildsDeps(): BuildsDeps {
  return {
    ...deps,
    log: {} as BuildsDeps["log"],
    reports: { claim: async () => true } as unknown as BuildsDeps["reports"],
    access: { authorization: async () => null } as BuildsDeps["access"],
    imageAccess: someImageAccess,
    repositoriesUri: "registry.example.com/slipway",
    pushedImage: async (_appId, _tag, digest) => ({ outcome: "found", digest, bytes: null }),
    repositoryReach: "public",
    known: knownBuilds(),
  };
}
