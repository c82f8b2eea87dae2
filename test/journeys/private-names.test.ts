// Apps that only apps reach, at private names: through releases, renames and restarts, and from nowhere else.
import { request } from "node:http";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { freePort } from "../local-aws/support/servers.ts";
import { apiAt } from "../support/api.ts";
import { callingApp, healthyApp } from "../support/apps.ts";
import { addressOf, deploy, ends, logOf, type Registered, registerApp } from "../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

/** Its worker starts after web, so that each release waits a minute before it gets traffic. */
const waiting = (version: string) => ({
  ...healthyApp(version),
  "worker.mjs": "setInterval(() => {}, 1000); process.on('SIGTERM', () => process.exit(0));",
});
const worker = { name: "worker", command: ["node", "worker.mjs"], stopSeconds: 5 };

let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let port: number;
let shop: Registered;
let orders: Registered;
const start = async (args: readonly string[] = ["--private-names", "--private-port", String(port)]) => {
  local = await startLocalMode({ args, ...(local === undefined ? {} : { data: local.data }) });
  api = apiAt(local.url);
};

beforeAll(async () => {
  port = await freePort();
  await start();
  shop = await registerApp(api, callingApp, { name: "shop" });
  orders = await registerApp(api, waiting("one"), {
    name: "orders",
    internal: true,
    healthCheckPath: "/healthz",
    strategy: { type: "blue_green", bakeMinutes: 0 },
    processes: [worker],
  });
  for (const { id } of [shop, orders])
    expect(await ends(api, await deploy(api, id), 480)).toMatchObject({ stage: "success" });
});
afterAll(async () => {
  await local?.stop();
  removeDirectory(local.data);
});

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly location: string | null;
}

/** What an app gets from an internal one, in words. */
async function called(path: string): Promise<Answer> {
  const answer = await fetch(`${await addressOf(api, shop.id)}/${path}`);
  return (await answer.json()) as Answer;
}

/** What somebody who is no app gets at a port, in the name of that host. */
const visit = (at: number, host: string): Promise<number | string> =>
  new Promise((resolve) => {
    const asking = request({ host: "127.0.0.1", port: at, headers: { host }, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asking.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    asking.end();
  });

/** Nobody knows the name; without a name server nobody says so. */
const isUnknown = /^(ENOTFOUND|EAI_AGAIN)$/;
const unknown = expect.stringMatching(isUnknown);

const shown = async (id: number) => (await api.get(`/api/apps/${id}`)).body.data;

test("an app calls an internal one by its name, and nobody else does", async () => {
  expect(await shown(orders.id)).toMatchObject({
    internal: true,
    url: `http://orders.slipway.internal:${port}`,
    direct_url: null,
    warnings: [],
  });
  expect(await called("orders/")).toMatchObject({ status: 200, body: "one" });
  expect(await called("nobody/")).toMatchObject({ status: 0, body: unknown });
  // The public one has no private name.
  expect(await called("shop/")).toMatchObject({ status: 0, body: unknown });

  const own = Number(new URL(local.url).port);
  const host = `orders.slipway.internal:${port}`;
  expect(await visit(own, host)).toBe(404);
  expect(await visit(own, "nobody.slipway.internal")).toBe(404);
  for (const name of ["orders", "nobody"]) expect(await visit(own, `${name}.localhost`)).toBe(404);
  // This process is no app.
  expect(await visit(port, host)).toBe("ECONNRESET");
  // The port of an app leads to that app, whatever it is asked for.
  expect(await visit(Number(new URL(await addressOf(api, shop.id)).port), host)).toBe(200);
});

test("a new version is not seen before it has traffic, and no request fails while it gets it", async () => {
  const answers: Answer[] = [];
  let isOver = false;
  const calls = (async () => {
    while (!isOver) answers.push(await called("orders/"));
  })();
  orders.repository.commit(waiting("two"), "Second");
  const id = await deploy(api, orders.id);
  const { tasks } = await eventually(
    "the new version is healthy while it waits",
    async () => {
      const { data } = (await api.get(`/api/apps/${orders.id}/status`)).body;
      const isReady = data.tasks.some(
        (task: { deployment_id: number; process: string; health: string }) =>
          task.deployment_id === id && task.process === "web" && task.health === "healthy",
      );
      return isReady ? data : undefined;
    },
    300,
  );
  expect(tasks.length).toBeGreaterThan(1);
  const before = answers.length;
  await eventually("twenty more calls", () => (answers.length > before + 20 ? true : undefined));
  expect((await api.get(`/api/deployments/${id}`)).body.data.stage).toBe("deploying");
  expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(["one"]));

  expect(await ends(api, id, 480)).toMatchObject({ stage: "success", url: `http://orders.slipway.internal:${port}` });
  await eventually("the new version answers", () => (answers.at(-1)?.body === "two" ? true : undefined));
  isOver = true;
  await calls;
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  // One after the other, without a way back.
  const bodies = answers.map(({ body }) => body);
  expect(bodies.slice(bodies.indexOf("two")).every((body) => body === "two")).toBe(true);
  expect(await logOf(api, id)).toContain("All traffic is on the new version.");
});

test("a restart leaves it where it was", async () => {
  await local.kill();
  await start();
  await eventually("an answer", async () => {
    const { status, body } = await called("orders/").catch(() => ({ status: 0, body: "" }));
    return status === 200 && body === "two" ? true : undefined;
  });
});

test("a change of name takes effect with the next release, and the old name leads to the new one", async () => {
  expect(await api.call("PATCH", `/api/apps/${orders.id}`, { name: "purchases", processes: [] })).toMatchObject({
    status: 200,
  });
  expect(await called("orders/")).toMatchObject({ status: 200 });
  expect(await called("purchases/")).toMatchObject({ status: 0, body: unknown });
  expect(await ends(api, await deploy(api, orders.id), 480)).toMatchObject({ stage: "success" });
  await eventually("the new name", async () =>
    (await called("purchases/")).body === "two" && (await shown(orders.id)).url.includes("purchases")
      ? true
      : undefined,
  );
  await eventually("a redirect", async () => {
    const { status, location } = await called("orders/a?b=c");
    return status === 301 && location === `http://purchases.slipway.internal:${port}/a?b=c` ? true : undefined;
  });
});

test("what needs a visitor from outside is refused, and so is a change of what it is", async () => {
  const refused = async (change: object, field: string) =>
    expect(await api.call("PATCH", `/api/apps/${orders.id}`, change)).toMatchObject({
      status: 400,
      body: { code: "invalid_request", details: [{ field }] },
    });
  await refused({ internal: false }, "internal");
  await refused({ strategy: { type: "rolling", smokeCheck: { path: "/", expectStatus: 200 } } }, "strategy.smokeCheck");
  expect(await api.call("PATCH", `/api/apps/${orders.id}`, { internal: true })).toMatchObject({ status: 200 });
  expect(await api.call("PATCH", `/api/apps/${shop.id}`, { internal: true })).toMatchObject({ status: 400 });
});

test("private names are not switched off while there are internal apps, and a deleted one leaves nothing", async () => {
  await local.stop();
  await expect(start([])).rejects.toThrow("There are internal apps: purchases. Start with --private-names");
  await start();
  await eventually("an answer", async () => {
    const { status } = await called("purchases/").catch(() => ({ status: 0 }));
    return status === 200 ? true : undefined;
  });
  expect((await api.call("DELETE", `/api/apps/${orders.id}`)).status).toBe(200);
  await eventually("both names are gone", async () => {
    const [now, former] = [await called("purchases/"), await called("orders/")];
    return [now, former].every(({ body }) => isUnknown.test(body)) ? true : undefined;
  });
  await eventually("its name is free", async () => {
    const again = { name: "purchases", repoUrl: orders.repository.path };
    return (await api.post("/api/apps", again)).status === 201 ? true : undefined;
  });
  await local.stop();
  await start([]);
  const refused = await api.post("/api/apps", { name: "orders", repoUrl: orders.repository.path, internal: true });
  expect(refused).toMatchObject({ status: 400, body: { details: [{ field: "internal" }] } });
  expect(refused.body.details[0].message).toContain("npm start -- --private-names");
});
