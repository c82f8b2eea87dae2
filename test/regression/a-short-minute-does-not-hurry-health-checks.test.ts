import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, ends, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

let local: LocalMode;
let api: ReturnType<typeof apiAt>;

beforeAll(async () => {
  // With a minute of 600 ms, a grace of 30 s that shrank with it would be 300 ms.
  local = await startLocalMode({ args: ["--minute", "600ms"] });
  api = apiAt(local.url);
});
afterAll(async () => {
  await local?.stop();
  removeDirectory(local.data);
});

test("an app that takes some seconds to start becomes healthy, however short a minute of bakes is", async () => {
  const files = healthyApp();
  const slow = `await new Promise((go) => setTimeout(go, 4000));\n${files["server.mjs"] ?? ""}`;
  const { id } = await registerApp(
    api,
    { ...files, "server.mjs": slow },
    { name: "slow-start", healthCheckPath: "/healthz", strategy: { type: "blue_green", bakeMinutes: 1 } },
  );
  const deployment = await ends(api, await deploy(api, id), 150);
  expect(deployment).toMatchObject({ stage: "success", error_message: null });
});
