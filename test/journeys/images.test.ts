import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, ends, logOf, registerApp } from "../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let app: Awaited<ReturnType<typeof registerApp>>;

beforeAll(async () => {
  local = await startLocalMode({ args: ["--minute", "10s"] });
  api = apiAt(local.url);
  app = await registerApp(api, healthyApp("1"), { name: "shop", healthCheckPath: "/healthz", keepReleases: 2 });
});
afterAll(async () => {
  await local?.stop();
  removeDirectory(local.data);
});

/** The images whose files lie on this machine. */
const images = () => readdirSync(join(local.data, "images")).filter((name) => /^[0-9a-f]{64}$/.test(name));

const left = (count: number) => eventually(`${count} images`, () => (images().length === count ? true : undefined));

async function release(version: string): Promise<number> {
  app.repository.commit(healthyApp(version), `Version ${version}`);
  const id = await deploy(api, app.id);
  expect((await ends(api, id)).stage).toBe("success");
  return id;
}

test("of the releases the newest are kept, and the image of no other stays", async () => {
  const first = await release("1");
  const second = await release("2");
  const third = await release("3");
  await left(2);
  const kept = (await api.get(`/api/apps/${app.id}/releases`)).body.data;
  expect(kept.map((one: { deployment_id: number }) => one.deployment_id)).toEqual([third, second]);
  expect(await api.post(`/api/deployments/${first}/rollback`)).toMatchObject({
    status: 409,
    body: { code: "release_not_kept" },
  });

  const back = (await api.post(`/api/deployments/${second}/rollback`)).body.id;
  expect((await ends(api, back)).stage).toBe("success");
  // The rollback's image was built for the second deployment, which is kept no more; its image is.
  const { direct_url } = (await api.get(`/api/apps/${app.id}`)).body.data;
  expect(await (await fetch(direct_url)).text()).toBe("2");
  await left(2);
});

test("a failed release is retried with its image while that is there, and is built again when it is not", async () => {
  const files = { ...healthyApp("ill"), "server.mjs": "process.exit(3);" };
  app.repository.commit(files, "Exit at once");
  const failed = await deploy(api, app.id);
  expect(await ends(api, failed)).toMatchObject({ stage: "failed", failed_stage: "deploying" });
  const soon = (await api.post(`/api/deployments/${failed}/retry`)).body.id;
  expect((await ends(api, soon)).stage).toBe("failed");
  expect(await logOf(api, soon)).not.toContain("Step 1");

  await release("4");
  await left(2);
  const late = (await api.post(`/api/deployments/${failed}/retry`)).body.id;
  await ends(api, late);
  expect(await logOf(api, late)).toContain("Step 1");
});
