import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiAt } from "../../support/api.ts";
import { healthyApp } from "../../support/apps.ts";
import { addressOf, deploy, ends, logOf, registerApp } from "../../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../../support/local-mode.ts";
import { engine } from "../engine.ts";
import { type OwnEngine, ownEngine } from "../own-engine.ts";

let own: OwnEngine;
let local: LocalMode;
let api: ReturnType<typeof apiAt>;

beforeAll(async () => {
  own = await ownEngine({ megabytes: 900 });
  local = await startLocalMode({ env: { ...own.env } });
  api = apiAt(local.url);
});
afterAll(async () => {
  await local?.kill();
  own?.remove();
  removeDirectory(local.data);
});

test("a build that fills the engine's disk fails by name, the earlier release serves on, and the next deployment works", async () => {
  const app = await registerApp(api, healthyApp("one"), { name: "web", healthCheckPath: "/healthz" });
  expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
  app.repository.commit(healthyApp("large", ["head -c 1200000000 /dev/zero > /large"]), "Large");
  const ended = await ends(api, await deploy(api, app.id));
  expect(ended).toMatchObject({ stage: "failed", failed_stage: "building", error_code: "build_failed" });
  expect(`${ended.error_message}\n${await logOf(api, ended.id)}`).toMatch(/no space left on device/i);
  expect(await (await fetch(await addressOf(api, app.id))).text()).toBe("one");
  app.repository.commit(healthyApp("two"), "Two");
  expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
  expect(await (await fetch(await addressOf(api, app.id))).text()).toBe("two");
});

test("an image that the disk has no room for fails by name", async () => {
  const app = await registerApp(
    api,
    healthyApp("large", ["head -c 350000000 /dev/urandom > /a", "head -c 350000000 /dev/urandom > /b"]),
    { name: "large" },
  );
  const ended = await ends(api, await deploy(api, app.id));
  expect(ended).toMatchObject({ stage: "failed", failed_stage: "building", error_code: "build_failed" });
  // Docker's command has no room for the file itself, and of its output nothing is judged; Podman's has none for the layer.
  if (engine === "podman") expect(ended.error_message).toMatch(/disk .* is full/);
  else expect(await logOf(api, ended.id)).toMatch(/no space left on device/i);
  await eventually("its container is gone", () => {
    const names = own
      .ask("ps", "--all", ...external, "--format", "{{.Names}}")
      .split("\n")
      .filter(Boolean);
    return names.length === 1 ? true : undefined;
  });
});

/** Podman's containers of builds. */
const external = process.env.SLIPWAY_TEST_ENGINE === "docker" ? [] : ["--external"];
