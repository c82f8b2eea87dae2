// What is left of a build whose command is killed, and of a release that is cancelled.
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { apiAt } from "../../support/api.ts";
import { healthyApp } from "../../support/apps.ts";
import { addressOf, deploy, ends, logOf, reaches, registerApp } from "../../support/deploying.ts";
import {
  eventually,
  type LocalMode,
  removeDirectory,
  startLocalMode,
  temporaryDirectory,
} from "../../support/local-mode.ts";
import { processTree } from "../../support/process-tree.ts";
import { commandLineOf, left, networks } from "../engine.ts";

const endless = ["node -e \"console.log('waiting'); setInterval(() => {}, 1000)\" killed-step"];
const sick = { ...healthyApp("sick"), "server.mjs": "setInterval(() => {}, 1000);" };

let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let data: string;
let before: string[];

beforeEach(async () => {
  before = networks();
  data = temporaryDirectory();
  local = await startLocalMode({ data });
  api = apiAt(local.url);
});
afterEach(async () => {
  await local.kill();
  removeDirectory(data);
});

async function live() {
  const app = await registerApp(api, healthyApp("one"), { name: "web", healthCheckPath: "/healthz" });
  expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
  return app;
}

/** The earlier release serves, nothing else is there, and the next deployment works. */
async function goesOn(app: Awaited<ReturnType<typeof live>>): Promise<void> {
  expect(await (await fetch(await addressOf(api, app.id))).text()).toBe("one");
  await eventually("one container is left", () => (left(data).containers.length === 1 ? true : undefined), 60);
  expect(networks()).toEqual(before);
  app.repository.commit(healthyApp("two"), "Two");
  expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
  expect(await (await fetch(await addressOf(api, app.id))).text()).toBe("two");
  await eventually(
    "the images of two releases are left",
    () => (left(data).images.length === 2 ? true : undefined),
    60,
  );
}

test("a build whose command is killed fails by name", async () => {
  const app = await live();
  app.repository.commit(healthyApp("never", endless), "Never");
  const id = await deploy(api, app.id);
  await eventually("the build waits", async () => ((await logOf(api, id)).includes("waiting\n") ? true : undefined));
  const building = processTree(local.process.pid ?? 0).filter((pid) =>
    /(?:^|\/)(?:podman\0build|docker\0buildx\0build)\0/.test(commandLineOf(pid)),
  );
  expect(building.length).toBeGreaterThan(0);
  for (const pid of building) process.kill(pid, "SIGKILL");
  const ended = await ends(api, id);
  expect(ended).toMatchObject({ stage: "failed", failed_stage: "building", error_code: "build_failed" });
  expect(ended.error_message).toMatch(
    /^Docker build failed with exit code 1: the container engine went away or does not answer: .*was ended by SIGKILL\. Start it, then deploy again\.$/,
  );
  await eventually("no step of it runs", () =>
    processTree(1).some((pid) => commandLineOf(pid).includes("killed-step")) ? undefined : true,
  );
  await goesOn(app);
});

test("a release that is cancelled leaves the earlier one", async () => {
  const app = await live();
  app.repository.commit(sick, "Sick");
  const id = await deploy(api, app.id);
  await reaches(api, id, ["deploying"]);
  await eventually("the new container runs", () => (left(data).containers.length === 2 ? true : undefined));
  await api.post(`/api/deployments/${id}/cancel`, {});
  expect(await ends(api, id)).toMatchObject({ stage: "cancelled" });
  await goesOn(app);
});
