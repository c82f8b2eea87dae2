import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { addressOf, deploy, ends, logOf } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, repository, startLocalMode } from "../support/local-mode.ts";

const names = ["web", "shop"] as const;
const made = repository(
  Object.fromEntries(
    names.flatMap((name) => Object.entries(healthyApp(name)).map(([file, text]) => [`${name}/${file}`, text])),
  ),
);
let local: LocalMode;
let api: ReturnType<typeof apiAt>;

beforeAll(async () => {
  local = await startLocalMode({ args: ["--minute", "10s"] });
  api = apiAt(local.url);
});
afterAll(async () => {
  await local?.stop();
  removeDirectory(local.data);
  removeDirectory(made.path);
});

const create = async (name: string, more: object = {}): Promise<number> => {
  const settings = { name, repoUrl: made.path, rootDir: name, healthCheckPath: "/healthz", ...more };
  return (await api.post("/api/apps", settings)).body.data.id;
};
const released = async (app: number) => {
  const ended = await ends(api, await deploy(api, app));
  expect(ended).toMatchObject({ stage: "success" });
  return ended;
};
const messageOf = (deployment: { timeline: { stage: string; message: string }[] }, stage: string) =>
  deployment.timeline.find((entry) => entry.stage === stage)?.message;

test("of two apps in one repository the one that changed is built, and the image of the other is reused", async () => {
  const [web, shop] = [await create("web"), await create("shop")];
  const first = { web: await released(web), shop: await released(shop) };
  expect(messageOf(first.web, "building")).toBe("Building Docker image");

  made.commit({ "shop/server.mjs": healthyApp("new shop")["server.mjs"] ?? "" }, "Change the shop");
  const second = { web: await released(web), shop: await released(shop) };
  expect(messageOf(second.web, "building")).toBe("Reusing an image");
  expect(second.web.timeline.map(({ stage }: { stage: string }) => stage)).toEqual(
    first.web.timeline.map(({ stage }: { stage: string }) => stage),
  );
  expect(second.web.image_digest).toBe(first.web.image_digest);
  const log = await logOf(api, second.web.id);
  expect(log).toContain(`since deployment ${first.web.id}. Reusing its image ${first.web.image_digest}.`);
  expect(log).not.toContain("Step 1");
  expect(messageOf(second.shop, "building")).toBe("Building Docker image");
  expect(second.shop.image_digest).not.toBe(first.shop.image_digest);

  expect(await (await fetch(await addressOf(api, web))).text()).toBe("web");
  expect(await (await fetch(await addressOf(api, shop))).text()).toBe("new shop");

  // The reused image is kept for its own sake: it serves when the release that built it is put back, and again after that.
  const back = (await api.post(`/api/deployments/${first.web.id}/rollback`)).body.id;
  expect(await ends(api, back)).toMatchObject({ stage: "success", image_digest: first.web.image_digest });
});

test("a build that mounts secrets is repeated where one of them changed, and only there", async () => {
  const app = await create("guarded", { rootDir: "web", buildSecrets: { npm_token: "first-value" } });
  const first = await released(app);
  const second = await released(app);
  expect(messageOf(second, "building")).toBe("Reusing an image");
  expect(second.image_digest).toBe(first.image_digest);
  const { body } = await api.call("PATCH", `/api/apps/${app}`, { buildSecrets: { npm_token: "second-value" } });
  expect(body.data.pending_changes).toEqual(["build_secrets"]);
  const third = await released(app);
  expect(messageOf(third, "building")).toBe("Building Docker image");
  expect((await api.get(`/api/apps/${app}`)).body.data.pending_changes).toEqual([]);
});
