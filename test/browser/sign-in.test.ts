// On one's own machine: a link from the terminal signs the browser in, and pages of other origins get nothing of it.
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { apiAt } from "../support/api.ts";
import { accessibilityProblems, openBrowser, type Visit, visit } from "../support/browser.ts";
import { printedCode, secretOf } from "../support/local-access.ts";
import {
  eventually,
  type LocalMode,
  removeDirectory,
  startLocalMode,
  temporaryDirectory,
} from "../support/local-mode.ts";
import { staticSite } from "../support/static-site.ts";

let local: LocalMode;
let site: Awaited<ReturnType<typeof staticSite>>;
let browser: Browser;
let reader: Visit;

beforeAll(async () => {
  local = await startLocalMode({ data: join(temporaryDirectory(), "data"), args: ["--auth", "local"] });
  site = await staticSite();
  site.serve("/nowhere", { "/": "<!doctype html><title>Elsewhere</title>" });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
  await local?.stop();
  if (local !== undefined) removeDirectory(join(local.data, ".."));
});
beforeEach(async () => {
  reader = await visit(browser);
});
afterEach(async () => {
  expect(reader.troubles).toEqual([]);
  await reader.context.close();
});

const sessionIn = (page: Page): Promise<string | null> => page.evaluate(() => localStorage.getItem("slipway-session"));
const whoIs = async (session: string | null) => (await apiAt(local.url, session ?? "").get("/api/auth/me")).status;

test("a visitor without access learns how to get in, and a link signs them in, in each tab, where they wanted to go", async () => {
  const { page, context } = reader;
  await page.goto(`${local.url}/deployments`);
  await page.waitForURL("**/login?to=%2Fdeployments");
  await page.getByText("slipway open").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);

  const other = await context.newPage();
  const sockets: string[] = [];
  other.on("websocket", (socket) => sockets.push(socket.url()));
  await other.goto(`${local.url}/login#code=${printedCode(local)}`);
  await other.waitForURL(`${local.url}/`);
  await page.waitForURL(`${local.url}/deployments`);
  await other.reload();
  await other.getByRole("button", { name: "Account: local" }).waitFor();
  expect(await context.cookies()).toEqual([]);
  await eventually("a socket by ticket", () => (sockets.some((url) => /[?&]ticket=\w+/.test(url)) ? true : undefined));
  const session = await sessionIn(other);
  expect(await whoIs(session)).toBe(200);

  await other.getByRole("button", { name: "Account: local" }).click();
  await other.getByRole("menuitem", { name: "Sign out" }).click();
  await other.waitForURL("**/login");
  await page.waitForURL("**/login?to=%2Fdeployments");
  expect(await sessionIn(page)).toBeNull();
  expect(await whoIs(session)).toBe(401);
});

test("a link that was used before says so, and a token signs in as well, without a cookie", async () => {
  const { page, context } = reader;
  await page.goto(`${local.url}/login#code=${printedCode(local)}`);
  await page.getByText("This sign-in link has expired or was used already.").waitFor();
  expect(new URL(page.url()).hash).toBe("");
  await page.getByLabel("API token").fill(secretOf(local.data));
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Account: local" }).waitFor();
  expect(await context.cookies()).toEqual([]);
});

test("a page on another port or of a deployed app's name gets nothing, though its visitor is signed in", async () => {
  const { page, context } = reader;
  await page.goto(`${local.url}/login`);
  await page.getByLabel("API token").fill(secretOf(local.data));
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Account: local" }).waitFor();

  const stranger = await context.newPage();
  const { port } = new URL(local.url);
  await context.route(`http://shop.localhost:${port}/`, (route) =>
    route.fulfill({ contentType: "text/html", body: "<!doctype html><title>An app</title>" }),
  );
  for (const address of [site.url, `http://shop.localhost:${port}/`]) {
    await stranger.goto(address);
    const got = await stranger.evaluate(async (url) => {
      const read = (path: string, init: RequestInit) =>
        fetch(url + path, init).then(
          (answer) => answer.type,
          () => "refused",
        );
      const socket = (path: string) =>
        new Promise((done) => {
          const opened = new WebSocket(url.replace(/^http/, "ws") + path);
          opened.onopen = () => done("open");
          opened.onerror = () => done("refused");
        });
      const script = (path: string) =>
        new Promise((done) => {
          const element = document.createElement("script");
          element.onload = () => done("loaded");
          element.onerror = () => done("refused");
          element.src = url + path;
          document.head.append(element);
        });
      return {
        read: await read("/api/apps", { credentials: "include" }),
        written: await read("/api/tokens", { method: "POST", credentials: "include", body: "{}" }),
        socket: await socket("/api/events"),
        embedded: await script("/theme.js"),
        kept: localStorage.getItem("slipway-session"),
        cookies: document.cookie,
      };
    }, local.url);
    expect(got).toEqual({
      read: "refused",
      written: "refused",
      socket: "refused",
      embedded: "refused",
      kept: null,
      cookies: "",
    });
  }
  await stranger.close();
  expect((await apiAt(local.url, secretOf(local.data)).get("/api/tokens")).body.data).toHaveLength(1);
});
