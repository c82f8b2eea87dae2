// Where every caller needs a token: signing in to the dashboard, and the monitor in a page that was there before it.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import {
  accessibilityProblems,
  copiedLog,
  holds,
  openBrowser,
  phone,
  screenshot,
  type Visit,
  visit,
} from "../support/browser.ts";
import { deploy, ends, logOf, registerApp } from "../support/deploying.ts";
import { buildExistingPage, installExistingPage } from "../support/existing-page.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { staticSite } from "../support/static-site.ts";

const adminToken = "slw_an-admin-of-these-tests_0123456789";
let site: Awaited<ReturnType<typeof staticSite>>;
let directory: string;
let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let browser: Browser;
let reader: Visit;
let id: number;

beforeAll(async () => {
  site = await staticSite();
  local = await startLocalMode({
    args: ["--minute", "10s", "--auth", "required", "--allow-origin", site.url],
    env: { SLIPWAY_ADMIN_TOKEN: adminToken },
  });
  api = apiAt(local.url, adminToken);
  browser = await openBrowser();
  const app = await registerApp(api, healthyApp("one", ["echo 'from the build'"]), {
    name: "shop",
    healthCheckPath: "/healthz",
  });
  id = await deploy(api, app.id);
  await ends(api, id);
  directory = mkdtempSync(join(tmpdir(), "slipway-page-"));
  await installExistingPage(directory);
  const viewer = await api.post("/api/tokens", { name: "the shop's page", role: "viewer" });
  site.serve(await buildExistingPage(directory, local.url), { "/slipway-token": viewer.body.data.token });
});
afterAll(async () => {
  await browser?.close();
  await local?.stop();
  await site?.close();
  removeDirectory(local.data);
  removeDirectory(directory);
});
beforeEach(async () => {
  reader = await visit(browser);
});
afterEach(async () => {
  expect(reader.troubles).toEqual([]);
  await reader.context.close();
});

async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel("API token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("a stranger signs in where they wanted to go, stays signed in, and signs out", async () => {
  const { page, context } = reader;
  await page.goto(`${local.url}/deployments/${id}`);
  await page.waitForURL("**/login?to=*");
  await signIn(page, "slw_no-such-token");
  await page.getByText("Invalid or expired token.").waitFor();
  await signIn(page, adminToken);
  await page.waitForURL(`${local.url}/deployments/${id}`);
  await page.getByText(/^Deployment succeeded in /).waitFor();
  await page.reload();
  await page.getByText(/^Deployment succeeded in /).waitFor();
  const [cookie] = await context.cookies();
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict" });
  expect(await page.evaluate(() => document.cookie)).toBe("");

  await page.goto(local.url);
  await page.getByRole("button", { name: "Deploy shop" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Deploy", exact: true }).click();
  await page.waitForURL(`${local.url}/deployments/*`);
  await page.getByText(/^Deployment succeeded in /).waitFor({ timeout: 180_000 });

  await page.getByRole("button", { name: /^Account: / }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForURL("**/login");
  await page.goto(local.url);
  await page.waitForURL("**/login?to=*");
});

test("whoever may only watch sees no button that would be refused", async () => {
  const made = await api.post("/api/tokens", { name: "onlooker", role: "viewer" });
  const { page } = reader;
  await page.goto(`${local.url}/login`);
  await signIn(page, made.body.data.token);
  await page.getByRole("link", { name: "shop" }).first().waitFor();
  expect(await page.getByRole("button", { name: /Deploy/ }).count()).toBe(0);
  await page.goto(`${local.url}/apps/new`);
  await page.getByText("You need the admin role to create apps.").waitFor();
});

async function watch(page: Page, number: number): Promise<void> {
  await page.goto(site.url);
  await page.getByLabel("Number").fill(String(number));
  await page.getByRole("button", { name: "Watch" }).click();
}

test("the monitor lives in a page of somebody else's, on another origin, with React 18 and rude styles", async () => {
  const { page } = reader;
  await page.goto(site.url);
  const before = await looks(page);
  await watch(page, id);
  await page.getByText(/^Deployment succeeded in /).waitFor();
  await page.getByRole("status").filter({ hasText: "Log complete" }).waitFor();
  expect(`${await copiedLog(page)}\n`).toBe(await logOf(api, id));
  await holds(async () => expect(await looks(page)).toEqual(before));
  await page.getByRole("region", { name: `Deployment ${id}` }).scrollIntoViewIfNeeded();
  await screenshot(page, "in-an-existing-page");
  await page.setViewportSize(phone);
  await page.getByRole("heading", { name: `Deployment #${id}` }).evaluate((it) => it.scrollIntoView());
  await screenshot(page, "in-an-existing-page-phone");
  const problems = await accessibilityProblems(page);
  expect(problems.filter((problem) => problem.includes("slipway"))).toEqual([]);
});

test("the monitor looks the same in that page as in the dashboard", async () => {
  const { page } = reader;
  await watch(page, id);
  await page.getByRole("status").filter({ hasText: "Log complete" }).waitFor();
  const there = await styleOfParts(page);
  await page.goto(`${local.url}/login`);
  await signIn(page, adminToken);
  await page.waitForURL(`${local.url}/`);
  await page.goto(`${local.url}/deployments/${id}`);
  await page.getByRole("status").filter({ hasText: "Log complete" }).waitFor();
  await holds(async () => expect(there).toEqual(await styleOfParts(page)));
});

test("the page chooses the monitor's colours, and its theme", async () => {
  const { page } = reader;
  await watch(page, id);
  const link = page.getByText(/^Live at /).getByRole("link");
  const monitor = page.getByRole("region", { name: `Deployment ${id}` });
  const ground = () => monitor.locator("> div").evaluate((it) => getComputedStyle(it).backgroundColor);
  await link.waitFor();
  await page.addStyleTag({ content: ".slipway { --slipway-accent: rgb(1, 2, 3) }" });
  await holds(async () => expect(await link.evaluate((it) => getComputedStyle(it).color)).toBe("rgb(1, 2, 3)"));
  await holds(async () => expect(await ground()).toBe("rgb(255, 255, 255)"));
  await monitor.evaluate((it) => it.setAttribute("data-theme", "dark"));
  await holds(async () => expect(await ground()).toBe("rgb(13, 16, 20)"));
});

test("a deployment that is not there is said to be not there", async () => {
  const { page } = reader;
  await watch(page, 4711);
  await page.getByRole("alert").filter({ hasText: "Can't show this deployment" }).waitFor();
  await page.getByRole("status").filter({ hasText: "Refused" }).waitFor();
});

const properties = [
  "color",
  "background-color",
  "font-family",
  "font-size",
  "font-weight",
  "margin",
  "padding",
  "border",
  "text-decoration-line",
];

/** How the page's own elements look. */
const looks = (page: Page) =>
  page.evaluate(
    (properties) =>
      ["h1", "#page main h2", "nav a", "td", "#page main input", "#page main form button", "body"].map((selector) => {
        const element = document.querySelector(selector);
        if (element === null) throw new Error(`There is no ${selector}.`);
        return properties.map((name) => `${selector} ${name}: ${getComputedStyle(element).getPropertyValue(name)}`);
      }),
    properties,
  );

/** How every kind of element of the monitor looks, but for its head, which is brief in the dashboard. */
const styleOfParts = (page: Page) =>
  page.getByRole("region", { name: /^Deployment \d+$/ }).evaluate((monitor, properties) => {
    const selectors = [
      "ol",
      "li",
      "[role=log] a",
      "input",
      "[role=toolbar] button",
      "[role=log]",
      "[role=toolbar]",
      "[data-index]",
      "[data-text]",
    ];
    return selectors.map((selector) => {
      const element = monitor.querySelector(selector);
      if (element === null) throw new Error(`There is no ${selector}.`);
      const style = getComputedStyle(element);
      return [...properties, "letter-spacing", "text-transform", "vertical-align", "float", "line-height", "fill"].map(
        (name) => `${selector} ${name}: ${style.getPropertyValue(name)}`,
      );
    });
  }, properties);
