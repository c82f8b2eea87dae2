import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { addressOf, deploy, ends, registerApp } from "../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

/** Answers its health check as it is told to by `/health/<status>`, and exits on `/exit`. */
const app = {
  ...healthyApp(),
  "server.mjs": `
import { createServer } from "node:http";
let health = 200;
const server = createServer((request, response) => {
  if (request.url === "/healthz") return response.writeHead(health).end();
  if (request.url.startsWith("/health/")) health = Number(request.url.slice(8));
  if (request.url === "/exit") process.exit(7);
  response.end("ok");
});
server.listen(Number(process.env.PORT), process.env.HOST ?? "0.0.0.0");
process.on("SIGTERM", () => process.exit(0));
`,
};

let local: LocalMode;
let api: ReturnType<typeof apiAt>;

beforeAll(async () => {
  local = await startLocalMode({ healthCheckSecond: "200ms" });
  api = apiAt(local.url);
});
afterAll(async () => {
  await local?.stop();
  removeDirectory(local.data);
});

const statusOf = async (id: number) => (await api.get(`/api/apps/${id}/status`)).body.data;
const healthOf = async (id: number) => (await api.get(`/api/apps/${id}`)).body.data.health;
/** Waits until the status is so, and answers it. */
const becomes = (id: number, what: string, is: (status: Awaited<ReturnType<typeof statusOf>>) => boolean) =>
  eventually(what, async () => {
    const status = await statusOf(id);
    return is(status) ? status : undefined;
  });

test("an app's tasks and its health are shown as they are: running, crashed and sick", async () => {
  const settings = { name: "shop", healthCheckPath: "/healthz", startupSeconds: 20 };
  const { id } = await registerApp(api, app, settings);
  expect(await statusOf(id)).toEqual({ health: "none", tasks: [] });
  expect(await healthOf(id)).toBe("none");

  const released = await deploy(api, id);
  expect(await ends(api, released)).toMatchObject({ stage: "success" });
  const live = await becomes(id, "the app is live", ({ health }) => health === "live");
  expect(live.tasks).toEqual([
    expect.objectContaining({
      process: "web",
      deployment_id: released,
      state: "running",
      health: "healthy",
      exit_code: null,
      reason: null,
    }),
  ]);
  expect(await healthOf(id)).toBe("live");
  expect((await api.get("/api/apps")).body.data).toEqual([expect.objectContaining({ id, health: "live" })]);

  await fetch(`${await addressOf(api, id)}/exit`).catch(() => undefined);
  const crashed = await becomes(id, "the crash is listed", ({ tasks }) =>
    tasks.some(({ state }: { state: string }) => state === "stopped"),
  );
  expect(crashed.tasks.at(-1)).toMatchObject({
    task: live.tasks[0].task,
    deployment_id: released,
    state: "stopped",
    health: null,
    exit_code: 7,
    reason: "The container exited with code 7.",
  });
  // ECS starts it again.
  await becomes(id, "the app is live again", ({ health }) => health === "live");

  await fetch(`${await addressOf(api, id)}/health/500`);
  const sick = await becomes(id, "the app is down", ({ health }) => health === "down");
  expect(sick.tasks.length).toBeGreaterThan(0);
  expect(await becomes(id, "the sick task is named", ({ tasks }) => tasks.some(isSick))).toBeDefined();
});

const isSick = ({ reason }: { reason: string | null }): boolean => /health check/i.test(reason ?? "");
