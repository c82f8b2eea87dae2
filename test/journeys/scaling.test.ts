// An app that scales by its requests: more tasks under load, fewer without, and no request lost in a release meanwhile.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { addressOf, deploy, ends, type Registered, registerApp, shownAt } from "../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let shop: Registered;

beforeAll(async () => {
  local = await startLocalMode({ healthCheckSecond: "200ms", args: ["--minute", "5s"] });
  api = apiAt(local.url);
  const scaling = { min: 1, max: 3, requestsPerTask: 10 };
  shop = await registerApp(api, healthyApp(), { name: "shop", healthCheckPath: "/healthz", scaling });
});
afterAll(async () => {
  await local?.stop();
  removeDirectory(local.data);
});

const running = async (): Promise<number | undefined> => {
  const shown = await shownAt(api, `/api/apps/${shop.id}/status`);
  return shown?.tasks.filter(
    ({ state, health }: { state: string; health: string }) => state === "running" && health === "healthy",
  ).length;
};
/** How many there are at this moment. */
const count = () => eventually("the status", running);
const becomes = (wanted: number) =>
  eventually(`${wanted} tasks`, async () => ((await running()) === wanted ? true : undefined), 180);
const change = (settings: unknown) => api.call("PATCH", `/api/apps/${shop.id}`, settings);

test("an app has as many tasks as its requests ask for, also while it is released anew", async () => {
  const first = await ends(api, await deploy(api, shop.id));
  expect(first).toMatchObject({ stage: "success" });
  expect(await count()).toBe(1);

  const url = await addressOf(api, shop.id);
  const lost: unknown[] = [];
  let isOver = false;
  const load = (async () => {
    while (!isOver) {
      const status = await fetch(url).then(
        (answer) => answer.status,
        (error: unknown) => error,
      );
      if (status !== 200) lost.push(status);
      await new Promise((resume) => setTimeout(resume, 50));
    }
  })();
  await becomes(3);
  // A release of a scaled app leaves it as many tasks as it has.
  const { id } = (await api.post(`/api/apps/${shop.id}/redeploy`)).body.data;
  expect(await ends(api, id)).toMatchObject({ stage: "success" });
  expect(await count()).toBe(3);
  isOver = true;
  await load;
  expect(lost).toEqual([]);
  await becomes(1);
});

test("an app that does not scale any more has as many tasks as it says", async () => {
  expect(await change({ instances: 2 })).toMatchObject({
    status: 200,
    body: { data: { scaling: null, instances: 2 } },
  });
  const { id } = (await api.post(`/api/apps/${shop.id}/redeploy`)).body.data;
  expect(await ends(api, id)).toMatchObject({ stage: "success" });
  await becomes(2);
});

test.each([
  [{ min: 3, max: 2, cpuPercent: 50 }, "scaling.max", "must not be less than min"],
  [{ min: 1, max: 2 }, "scaling.cpuPercent", "must be given, or requestsPerTask, and not both"],
  [
    { min: 1, max: 2, cpuPercent: 50, requestsPerTask: 5 },
    "scaling.cpuPercent",
    "must be given, or requestsPerTask, and not both",
  ],
  [{ min: 0, max: 21, cpuPercent: 50 }, "scaling.min", "must be at least 1"],
])("what no service scales by is refused: %j", async (scaling, field, message) => {
  const answer = await change({ scaling });
  expect(answer).toMatchObject({ status: 400 });
  expect(answer.body.details).toContainEqual({ field, message });
});
