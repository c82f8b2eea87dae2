import { execFile } from "node:child_process";
import { networkInterfaces } from "node:os";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { freePort } from "../local-aws/support/servers.ts";
import { apiAt } from "../support/api.ts";
import { callingApp, healthyApp } from "../support/apps.ts";
import { addressOf, deploy, ends, registerApp } from "../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { engine } from "./engine.ts";

let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let port: number;

beforeAll(async () => {
  port = await freePort();
  local = await startLocalMode({ args: ["--private-names", "--private-port", String(port)] });
  api = apiAt(local.url);
});
afterAll(async () => {
  await local?.stop();
  if (local !== undefined) removeDirectory(local.data);
});

/** Nobody knows the name; without a name server nobody says so. */
const unknown = /^(ENOTFOUND|EAI_AGAIN)$/;

/** Asks for an internal app at an address, in its name. */
const script = (address: string) => `
const { request } = require("node:http");
const asking = request({ host: "${address}", port: ${port}, headers: { host: "orders.slipway.internal" } }, (answer) => {
  console.log(answer.statusCode);
  answer.resume();
});
asking.once("error", (error) => console.log(error.code));
asking.end();`;

/** The addresses of this machine in networks of containers. */
const bridges = (): string[] =>
  Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    name === "lo" ? [] : addresses.flatMap(({ family, address }) => (family === "IPv4" ? [address] : [])),
  );

test("a container calls an internal app by its name, and neither another container nor this machine does", async () => {
  const shop = await registerApp(api, callingApp, { name: "shop" });
  expect(await ends(api, await deploy(api, shop.id), 300)).toMatchObject({ stage: "success" });
  const asked = async (path: string) => (await fetch(`${await addressOf(api, shop.id)}/${path}`)).text();
  expect(await asked("self")).toBe("127.0.1.1");
  // It runs already when the name comes to be.
  const orders = await registerApp(api, healthyApp("one"), {
    name: "orders",
    internal: true,
    healthCheckPath: "/healthz",
  });
  expect(await ends(api, await deploy(api, orders.id), 300)).toMatchObject({ stage: "success" });
  const called = async () => JSON.parse(await asked("orders/"));
  await eventually("an answer", async () => ((await called()).body === "one" ? true : undefined));

  const run = promisify(execFile);
  expect(bridges().length).toBeGreaterThan(0);
  for (const address of bridges()) {
    const other = await run(engine, ["run", "--rm", "node:24-slim", "node", "-e", script(address)]);
    expect(other.stdout.trim()).toBe("ECONNRESET");
    expect((await run(process.execPath, ["-e", script(address)])).stdout.trim()).toBe("ECONNRESET");
  }
  expect((await run(process.execPath, ["-e", script("127.0.0.1")])).stdout.trim()).toBe("ECONNRESET");

  expect((await api.call("DELETE", `/api/apps/${orders.id}`)).status).toBe(200);
  await eventually("the name is gone", async () => (unknown.test((await called()).body) ? true : undefined));
});
