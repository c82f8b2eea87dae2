import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, ends, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { view } from "../support/viewer.ts";

let local: LocalMode;
let api: ReturnType<typeof apiAt>;

beforeAll(async () => {
  local = await startLocalMode({ args: ["--minute", "10s"] });
  api = apiAt(local.url);
}, 120_000);

afterAll(async () => {
  await local.stop();
  removeDirectory(local.data);
});

const dockerfile = (...lines: string[]) => ({ ...healthyApp(), Dockerfile: lines.join("\n") });

describe("a build that fails over a live release", () => {
  test("tells the error, keeps its exit code, and leaves the live release alone", async () => {
    const app = await registerApp(api, healthyApp("one"), { name: "live", healthCheckPath: "/healthz" });
    expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
    app.repository.commit(dockerfile("FROM node:24", "RUN echo about to fail", "RUN exit 7"), "Break it");
    const id = await deploy(api, app.id);
    const viewer = await view(local.url, `id=${id}`);
    await viewer.finished(60);

    const [error, status] = viewer.events.slice(-2);
    expect(error).toMatchObject({
      type: "error",
      data: { scope: "deployment", message: expect.stringContaining("exit code 7") },
    });
    expect(status).toMatchObject({
      type: "status",
      data: { stage: "failed", status: "failed", progress: 0, failed_stage: "building", log_complete: true },
    });
    expect(status?.data.error_message).toBe(error?.data.message);
    const { data } = (await api.get(`/api/deployments/${id}`)).body;
    expect(data).toMatchObject({
      stage: "failed",
      progress: 0,
      exit_code: 7,
      failed_stage: "building",
      error_message: error?.data.message,
      error_code: "build_failed",
    });
    const shown = (await api.get(`/api/apps/${app.id}`)).body.data;
    expect(await (await fetch(shown.direct_url)).text()).toBe("one");
  }, 90_000);
});

describe("what cannot be built ends failed, in the right stage, with a sentence that says what to do", () => {
  const cases = [
    {
      name: "invalid",
      files: dockerfile("FROM node:24", "FLY me"),
      settings: {},
      expected: { failed_stage: "building", error_code: "dockerfile_invalid" },
      words: /FLY/,
    },
    {
      name: "nodocker",
      files: { "readme.md": "hello" },
      settings: {},
      expected: { failed_stage: "building", error_code: "dockerfile_missing" },
      words: /Dockerfile/,
    },
    {
      name: "nobranch",
      files: healthyApp(),
      settings: { branch: "release" },
      expected: { failed_stage: "cloning", error_code: "branch_not_found" },
      words: /release/,
    },
    {
      name: "empty",
      files: {},
      settings: {},
      expected: { failed_stage: "cloning", error_code: "repository_empty" },
      words: /empty/,
    },
    {
      name: "norepo",
      files: healthyApp(),
      settings: { repoUrl: "/nowhere/at/all" },
      expected: { failed_stage: "cloning", error_code: "repository_not_found" },
      words: /repoUrl/,
    },
    {
      name: "noroot",
      files: healthyApp(),
      settings: { rootDir: "backend" },
      expected: { failed_stage: "building", error_code: "root_dir_missing" },
      words: /backend/,
    },
  ];

  test.each(cases)(
    "$name",
    async ({ name, files, settings, expected, words }) => {
      const app = await registerApp(api, files, { name, ...settings });
      const ended = await ends(api, await deploy(api, app.id));
      expect(ended).toMatchObject({ stage: "failed", progress: 0, ...expected });
      expect(ended.error_message).toMatch(words);
    },
    60_000,
  );

  test("a commit that does not exist", async () => {
    const app = await registerApp(api, healthyApp(), { name: "nocommit" });
    const asked = await api.post("/api/deployments", { appId: app.id, commit: "0123456789".repeat(4) });
    const ended = await ends(api, asked.body.id);
    expect(ended).toMatchObject({ stage: "failed", failed_stage: "cloning", error_code: "commit_not_found" });
  }, 60_000);
});

describe("a version that does not become healthy", () => {
  test("and has one before it is put back, with the reason in words", async () => {
    const app = await registerApp(api, healthyApp("good"), { name: "sick", healthCheckPath: "/healthz" });
    expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
    app.repository.commit({ "server.mjs": "console.log('no such setting'); process.exit(3);" }, "Exit at once");
    const ended = await ends(api, await deploy(api, app.id), 120);
    expect(ended).toMatchObject({ stage: "failed", failed_stage: "deploying", rolled_back: true, exit_code: 3 });
    expect(ended.error_message).toMatch(/exited with code 3/);
    expect(ended.error_message).toMatch(/no such setting/);
    const shown = (await api.get(`/api/apps/${app.id}`)).body.data;
    expect(await (await fetch(shown.direct_url)).text()).toBe("good");
  }, 180_000);

  test("and is the first one leaves nothing half-alive", async () => {
    const app = await registerApp(api, healthyApp("never"), { name: "unwell", healthCheckPath: "/absent" });
    app.repository.commit(
      {
        "server.mjs": `import { createServer } from "node:http"; createServer((q, r) => { r.statusCode = 500; r.end(); }).listen(Number(process.env.PORT), process.env.HOST);`,
      },
      "Always 500",
    );
    const ended = await ends(api, await deploy(api, app.id), 150);
    expect(ended).toMatchObject({ stage: "failed", failed_stage: "deploying", rolled_back: false });
    expect(ended.error_message).toMatch(/\/absent/);
  }, 180_000);
});
