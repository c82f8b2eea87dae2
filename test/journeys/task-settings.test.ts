// How a task is judged and stopped: healthCheckExpect and stopSeconds, down to the running app.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, ends, type Registered, registerApp, shownAt } from "../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

/** Wants credentials of whoever asks, and takes its time to stop. */
const app = {
  ...healthyApp(),
  "server.mjs": `
import { createServer } from "node:http";
const server = createServer((request, response) => response.writeHead(401).end());
server.listen(Number(process.env.PORT), process.env.HOST ?? "0.0.0.0");
process.on("SIGTERM", () => {
  console.log("asked to stop");
  setTimeout(() => { console.log("stopped by itself"); process.exit(0); }, 5000);
});
`,
};

let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let shop: Registered;

beforeAll(async () => {
  local = await startLocalMode({ healthCheckSecond: "200ms" });
  api = apiAt(local.url);
  const settings = { name: "shop", healthCheckPath: "/healthz", startupSeconds: 15 };
  shop = await registerApp(api, app, { ...settings, healthCheckExpect: "200,401", stopSeconds: 120 });
});
afterAll(async () => {
  await local?.stop();
  removeDirectory(local.data);
});

const change = (settings: unknown) => api.call("PATCH", `/api/apps/${shop.id}`, settings);
const redeploy = async () => (await api.post(`/api/apps/${shop.id}/redeploy`)).body.data.id;
const printed = async (of: number): Promise<string> =>
  (await api.get(`/api/apps/${shop.id}/logs?release=${of}&limit=1000`)).body.data
    .map(({ line }: { line: string }) => line)
    .join("");

test("a release is healthy if it answers with an expected status, and its tasks have the time to stop that the app gives them", async () => {
  const first = await deploy(api, shop.id);
  expect(await ends(api, first)).toMatchObject({ stage: "success" });

  const second = await redeploy();
  expect(await ends(api, second)).toMatchObject({ stage: "success" });
  await eventually("the first version stops by itself", async () =>
    (await printed(first)).includes("stopped by itself") ? true : undefined,
  );

  // The shortest time that Fargate has.
  expect(await change({ stopSeconds: 0 })).toMatchObject({ status: 200, body: { data: { stop_seconds: 0 } } });
  const third = await redeploy();
  expect(await ends(api, third)).toMatchObject({ stage: "success" });
  expect(await ends(api, await redeploy())).toMatchObject({ stage: "success" });
  await eventually("the third version is asked to stop", async () =>
    (await printed(third)).includes("asked to stop") ? true : undefined,
  );
  // A task that stopped because it was to is not shown.
  await eventually("the third version is gone", async () => {
    const shown = await shownAt(api, `/api/apps/${shop.id}/status`);
    const isThird = ({ deployment_id }: { readonly deployment_id: number }) => deployment_id === third;
    return shown !== undefined && !shown.tasks.some(isThird) ? true : undefined;
  });
  expect(await printed(third)).not.toContain("stopped by itself");
  // Four releases and three ends of tasks, each of which has three minutes.
}, 1_260_000);

test("a release that answers with another status fails, and says which was expected", async () => {
  expect((await change({ healthCheckExpect: "200-399" })).status).toBe(200);
  const failed = await ends(api, await redeploy());
  expect(failed).toMatchObject({ stage: "failed", error_code: "release_failed" });
  expect(failed.error_message).toContain("Health checks failed with these codes: [401]");
  expect(failed.error_message).toContain("answers /healthz with a status of 200-399");
  // The version that serves is judged by what it was released with.
  expect((await api.get(`/api/apps/${shop.id}`)).body.data.health).toBe("live");
});

test("an image keeps the architecture that it was built for until the next build, and what cannot be is refused", async () => {
  expect(await change({ architecture: "arm64" })).toMatchObject({
    status: 200,
    body: { data: { architecture: "arm64" } },
  });
  expect(await change({ healthCheckExpect: "200,401" })).toMatchObject({ status: 200 });
  expect(await ends(api, await redeploy())).toMatchObject({ stage: "success" });
  expect((await api.get(`/api/apps/${shop.id}`)).body.data.pending_changes).toEqual(["architecture"]);
  const built = await ends(api, await deploy(api, shop.id));
  expect(built).toMatchObject({ stage: "success", build: { outcome: "built" } });
  expect((await api.get(`/api/apps/${shop.id}`)).body.data.pending_changes).toEqual([]);
  const answer = await change({ architecture: "mips", stopSeconds: 121, healthCheckExpect: "399-200" });
  expect(answer.status).toBe(400);
  expect(answer.body.details.map(({ field }: { field: string }) => field).toSorted()).toEqual([
    "architecture",
    "healthCheckExpect",
    "stopSeconds",
  ]);
}, 720_000);
