// What is left when an engine goes away in the middle of something, and whether the next deployment works.
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { namespaceOf } from "@slipway/local-aws/containers/docker/engine-names";
import { apiAt } from "../../support/api.ts";
import { healthyApp } from "../../support/apps.ts";
import { addressOf, deploy, ends, logOf, reaches, registerApp } from "../../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../../support/local-mode.ts";
import { listBy } from "../engine.ts";
import { type OwnEngine, ownEngine } from "../own-engine.ts";

const endless = ["node -e \"console.log('waiting'); setInterval(() => {}, 1000)\""];
/** Never healthy, so that its release goes on for as long as it may. */
const sick = { ...healthyApp("sick"), "server.mjs": "setInterval(() => {}, 1000);" };

let own: OwnEngine;
let local: LocalMode;
let api: ReturnType<typeof apiAt>;

beforeEach(async () => {
  own = await ownEngine();
  local = await startLocalMode({ env: { ...own.env } });
  api = apiAt(local.url);
});
afterEach(async () => {
  await local?.kill();
  own?.remove();
  removeDirectory(local.data);
});

const settings = { healthCheckPath: "/healthz" };
const names = (of: string): string[] => listBy(own.ask, ...of.split(" "));
const containers = (): string[] => names("ps --all --format {{.Names}}");
const images = (): string[] =>
  names("images --format {{.Repository}}:{{.Tag}}").filter((name) => name.includes(namespaceOf(local.data)));

async function live() {
  const app = await registerApp(api, healthyApp("one"), { ...settings, name: "web" });
  expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
  return app;
}

const answer = async (app: number): Promise<string | undefined> => {
  try {
    return await (await fetch(await addressOf(api, app))).text();
  } catch {
    return undefined;
  }
};
const serves = (app: number, version: string) =>
  eventually(`version ${version} answers`, async () => ((await answer(app)) === version ? true : undefined));

/** The next deployment works, and then there is nothing but the live container and the images of the kept releases. */
async function goesOn(app: Awaited<ReturnType<typeof live>>): Promise<void> {
  await serves(app.id, "one");
  app.repository.commit(healthyApp("two"), "Two");
  const ended = await ends(api, await deploy(api, app.id));
  expect(ended.stage === "success" ? "" : await logOf(api, ended.id)).toBe("");
  await serves(app.id, "two");
  await eventually("one container is left", () => (containers().length === 1 ? true : undefined));
  await eventually("the images of two releases are left", () => (images().length === 2 ? true : undefined));
  await local.stop();
  expect(containers()).toEqual([]);
}

describe("an engine that goes away", () => {
  test("in the middle of a build fails it by name, and the next deployment works", async () => {
    const app = await live();
    app.repository.commit(healthyApp("never", endless), "Never");
    const id = await deploy(api, app.id);
    await eventually("the build waits", async () => ((await logOf(api, id)).includes("waiting\n") ? true : undefined));
    own.kill();
    expect(await ends(api, id)).toMatchObject({
      stage: "failed",
      failed_stage: "building",
      error_code: "build_failed",
      error_message: expect.stringMatching(
        /the container engine went away or does not answer: .*Start it, then deploy again\.$/,
      ),
    });
    await own.start();
    await goesOn(app);
  });

  test("in the middle of a release does not take the earlier one along, and the next deployment works", async () => {
    const app = await live();
    app.repository.commit(sick, "Sick");
    const id = await deploy(api, app.id);
    await reaches(api, id, ["deploying"]);
    await eventually("the new container runs", () => (containers().length === 2 ? true : undefined));
    own.kill();
    await own.start();
    const ended = await ends(api, id);
    expect(ended).toMatchObject({ stage: "failed", failed_stage: "deploying" });
    await goesOn(app);
  });
});
