import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp, turnableApp } from "../support/apps.ts";
import { deploy, ends, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

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

const settings = { healthCheckPath: "/healthz", startupSeconds: 5 };

/** How many tasks of a release have begun: each prints its version once. */
async function started(app: number, deployment: number, version: string): Promise<number> {
  const { body } = await api.get(`/api/apps/${app}/logs?release=${deployment}&limit=1000`);
  return body.data.filter(({ line }: { line: string }) => line === `version ${version}\n`).length;
}

/** A repository with a version that works and is live. */
async function withLive(name: string) {
  const app = await registerApp(api, healthyApp("good"), { ...settings, name });
  expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
  return app;
}

test("a release that does not become healthy in its time is taken back after one wait", async () => {
  const app = await withLive("sick");
  app.repository.commit(turnableApp("sick", { health: 500 }), "Break its health");
  const id = await deploy(api, app.id);
  expect(await ends(api, id)).toMatchObject({
    stage: "failed",
    error_code: "release_failed",
    rolled_back: true,
    error_message: expect.stringMatching(/^The new version did not become healthy: GET \/healthz .*500/),
  });
  // ECS replaces the first one at once, and gives up after three.
  expect([1, 2]).toContain(await started(app.id, id, "sick"));
  const { direct_url } = (await api.get(`/api/apps/${app.id}`)).body.data;
  expect(await (await fetch(direct_url)).text()).toBe("good");
});

// That it is told while ECS still tries is promised of the adapter, in test/contracts/releases.test.ts.
test("a crash at the start is told with its exit code, and the release before it serves", async () => {
  const app = await withLive("crashing");
  const server = 'console.log("version crash");\nsetTimeout(() => process.exit(3), 300);\n';
  app.repository.commit({ ...healthyApp("crash"), "server.mjs": server }, "Break its start");
  const id = await deploy(api, app.id);
  expect(await ends(api, id)).toMatchObject({ stage: "failed", exit_code: 3, rolled_back: true });
});
