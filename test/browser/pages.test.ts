// Every page, in both themes and at two widths: a picture for whoever looks, and axe for whoever does not see it.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import {
  accessibilityProblems,
  desktop,
  holds,
  openBrowser,
  phone,
  screenshot,
  tabTo,
  type Visit,
  visit,
} from "../support/browser.ts";
import { deploy, ends, registerApp } from "../support/deploying.ts";
import { type FakeGitHub, fakeGitHub } from "../support/fake-github/server.ts";
import { type LocalMode, removeDirectory, repository, startLocalMode } from "../support/local-mode.ts";

let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let browser: Browser;
let github: FakeGitHub;

beforeAll(async () => {
  github = await fakeGitHub("");
  const env = { SLIPWAY_GITHUB_URL: github.url, SLIPWAY_GITHUB_API_URL: github.apiUrl };
  local = await startLocalMode({ args: ["--minute", "10s"], env });
  api = apiAt(local.url);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await local?.stop();
  await github?.close();
  removeDirectory(local.data);
});

describe("with nothing in it yet", () => {
  let reader: Visit;
  beforeEach(async () => {
    reader = await visit(browser);
  });
  afterEach(async () => {
    expect(reader.troubles).toEqual([]);
    await reader.context.close();
  });

  test("the first page teaches how to begin", async () => {
    const { page } = reader;
    await page.goto(local.url);
    await page.getByRole("heading", { name: "From a push to a running release" }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "empty");
  });

  test("metrics say when there will be some", async () => {
    const { page } = reader;
    await page.goto(local.url);
    await page.getByRole("heading", { name: "Apps" }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("m");
    await page.waitForURL("**/metrics");
    await page.getByText("No metrics yet").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "no-metrics");
  });

  test("the GitHub App is made with one click, there and back, and forgotten again", async () => {
    const { page } = reader;
    await page.goto(`${local.url}/settings/github`);
    await page.getByLabel("Organization").fill("team");
    await page.getByRole("button", { name: "Create the GitHub App" }).click();
    await page.getByText("Belongs to team").waitFor();
    expect(new URL(page.url()).search).toBe("");
    const install = await page.getByRole("link", { name: "Install it on repositories" }).getAttribute("href");
    expect(install).toMatch(new RegExp(`^${github.url}/apps/slipway-[0-9a-f]{6}/installations/new$`));
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "github-connected");

    await page.goto(`${local.url}/login?to=%2Fmetrics`);
    await page.getByRole("link", { name: "Sign in with GitHub" }).click();
    await page.getByRole("alert").filter({ hasText: "Your GitHub account has no access yet" }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "sign-in-with-github");
    const token = { name: "ada", role: "admin", github: "ada-lovelace" };
    const { id } = (await api.post("/api/tokens", token)).body.data;
    await page.goto(`${local.url}/login?to=%2Fmetrics`);
    await page.getByRole("link", { name: "Sign in with GitHub" }).click();
    await page.waitForURL(`${local.url}/metrics`);
    await page.getByRole("button", { name: /account/i }).click();
    await page.getByText("ada", { exact: true }).waitFor();
    await page.keyboard.press("Escape");
    await api.call("DELETE", `/api/tokens/${id}`);

    await page.goto(`${local.url}/settings/github`);
    await page.getByRole("button", { name: "Disconnect" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Disconnect" }).click();
    await page.getByRole("button", { name: "Create the GitHub App" }).waitFor();
  });

  test("a repository without a Dockerfile is proposed one, and with one it is found", async () => {
    const { Dockerfile, ...others } = healthyApp("proposed");
    const scripts = JSON.stringify({ name: "proposed", scripts: { start: "node server.mjs" } });
    const made = repository({ ...others, "package.json": scripts, "with/Dockerfile": Dockerfile ?? "" });
    const { page } = reader;
    await page.goto(`${local.url}/apps/new`);
    await page.getByLabel("Repository").fill(made.path);
    const proposed = page.getByRole("region", { name: "Proposed Dockerfile" });
    await proposed.getByText(/^There is no Dockerfile\. This one is for a Node\.js app/).waitFor();
    await proposed.getByText(/^# syntax=docker\/dockerfile:1/).waitFor();
    await proposed.getByRole("button", { name: "Copy .dockerignore" }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "proposed-dockerfile");
    await page.getByText("Advanced").click();
    await page.getByLabel("Root directory").fill("with");
    await page.getByText("with/Dockerfile found.").waitFor();
    removeDirectory(made.path);
  });

  test("an app is created, deployed and watched with the keyboard alone", async () => {
    const made = repository(healthyApp("by keyboard"));
    const { page } = reader;
    await page.goto(local.url);
    await page.getByRole("heading", { name: "Apps" }).waitFor();
    await tabTo(page, "link", "More settings");
    await page.keyboard.press("Enter");
    await page.getByLabel("Repository").waitFor();
    await tabTo(page, "textbox", "Repository");
    await page.keyboard.type(made.path);
    await tabTo(page, "textbox", "Name");
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("Typed!");
    await page.keyboard.press("Enter");
    const refused = page.getByRole("textbox", { name: "Name" });
    await page.getByText(/^Name must/).waitFor();
    expect(await refused.getAttribute("aria-invalid")).toBe("true");
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("typed");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/deployments/1");
    await page.getByText(/^Deployment succeeded in /).waitFor({ timeout: 180_000 });

    await page.keyboard.press("ControlOrMeta+k");
    await page.getByPlaceholder("Search apps").waitFor();
    await page.keyboard.type("deploy typed");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/deployments/2");
    await page.getByText(/^Deployment succeeded in /).waitFor({ timeout: 180_000 });
    await page.keyboard.press("g");
    await page.keyboard.press("a");
    await page.waitForURL(`${local.url}/`);
    await tabTo(page, "button", "Deploy typed");
  });
});

describe("with apps in it", () => {
  let pages: Readonly<Record<string, { readonly path: string; readonly shows: string }>>;

  beforeAll(async () => {
    const shop = await registerApp(api, healthyApp("one"), {
      name: "shop",
      healthCheckPath: "/healthz",
      env: { GREETING: "hello" },
      secrets: { API_KEY: "s3cret" },
    });
    const first = await deploy(api, shop.id);
    await ends(api, first);
    shop.repository.commit(
      healthyApp("two", ["echo 'npm error code E404' >&2 && exit 1"]),
      "Use a package that is not there",
    );
    const failed = await deploy(api, shop.id);
    await ends(api, failed);
    pages = {
      apps: { path: "/", shows: "shop" },
      "create-an-app": { path: "/apps/new", shows: "Create and deploy" },
      "an-app": { path: `/apps/${shop.id}`, shows: "Use a package that is not there" },
      "metrics-of-an-app": { path: `/apps/${shop.id}/metrics`, shows: "1 of 2 deployments" },
      "usage-of-an-app": { path: `/apps/${shop.id}/usage`, shows: "One value a minute" },
      github: { path: "/settings/github", shows: "Create the GitHub App" },
      "audit-log": { path: "/audit", shows: "requested deployment" },
      metrics: { path: "/metrics?days=7", shows: "Success rate" },
      releases: { path: `/apps/${shop.id}/releases`, shows: `Deployment #${first}` },
      settings: { path: `/apps/${shop.id}/settings/variables`, shows: "API_KEY" },
      variables: { path: "/variables?q=GREET", shows: "GREETING" },
      deployments: { path: "/deployments", shows: "Use a package that is not there" },
      "a-deployment": { path: `/deployments/${first}`, shows: "Deployment succeeded" },
      "a-failed-deployment": { path: `/deployments/${failed}`, shows: "Deployment failed in building" },
      "api-reference": { path: "/api/docs", shows: "Deploy an app" },
      "not-found": { path: "/nowhere", shows: "Not found" },
      "sign-in": { path: "/login", shows: "Sign in to Slipway" },
    };
  });

  test.each(["light", "dark"] as const)(
    "nothing keeps anybody out of any page in the %s theme",
    async (theme) => {
      const { page, context, troubles } = await visit(browser, { theme });
      const problems: Record<string, readonly string[]> = {};
      for (const [name, { path, shows }] of Object.entries(pages)) {
        await page.setViewportSize(desktop);
        await page.goto(`${local.url}${path}`);
        await page.getByText(shows).first().waitFor();
        await page.waitForLoadState("networkidle");
        problems[name] = await accessibilityProblems(page);
        expect(await groundsOf(page)).toEqual([theme === "dark" ? "rgb(13, 16, 20)" : "rgb(255, 255, 255)"]);
        await screenshot(page, `${name}-${theme}-desktop`);
        await page.setViewportSize(phone);
        const wider = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        if (wider > 0) problems[`${name} on a phone`] = [`is ${wider} px wider than the screen`];
        await screenshot(page, `${name}-${theme}-phone`);
      }
      expect(problems).toEqual(Object.fromEntries(Object.keys(pages).map((name) => [name, []])));
      expect(troubles).toEqual([]);
      await context.close();
    },
    900_000,
  );

  test("what opens over a page keeps nobody out either", async () => {
    const { page, context, troubles } = await visit(browser, { theme: "dark" });
    await page.goto(`${local.url}${pages["an-app"]?.path}`);
    await page.getByRole("button", { name: "Deploy" }).click();
    await page.getByRole("dialog").getByLabel("Branch").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "deploy-dialog");
    await page.keyboard.press("Escape");
    await page.keyboard.press("ControlOrMeta+k");
    await page.getByPlaceholder("Search apps").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "command-palette");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Account: local" }).click();
    await page.getByRole("menu").waitFor();
    await screenshot(page, "account-menu");
    expect(troubles).toEqual([]);
    await context.close();
  });

  test("a screen reader announces the stages, the state and the end, and not each line", async () => {
    const { page, context } = await visit(browser);
    await page.goto(`${local.url}${pages["a-failed-deployment"]?.path}`);
    await page.getByRole("status").filter({ hasText: "Log complete" }).waitFor();
    const monitor = page.getByRole("region", { name: /^Deployment \d+$/ });
    const parts = ["Queue", ": done", "Build", ": failed", "Deploy", ": to come", "alert", "Line 1", "Search the log"];
    await holds(async () => {
      const tree = await monitor.ariaSnapshot();
      expect(parts.filter((part) => !tree.includes(part))).toEqual([]);
    });
    const announced = monitor.locator("[aria-live=polite]");
    await holds(async () => expect(await announced.innerText()).toMatch(/^Deployment \d+: Failed$/));
    expect(await page.getByRole("log").getAttribute("aria-live")).toBe("off");
    await context.close();
  });

  test("metrics are drawn, and given as a table too, for a period of one's choice", async () => {
    const { page, context, troubles } = await visit(browser);
    await page.goto(`${local.url}${pages["metrics-of-an-app"]?.path}`);
    await page.locator(".recharts-bar-rectangle").first().waitFor();
    const days = page.getByRole("region", { name: "Daily figures" }).getByRole("row");
    await page.getByText("Daily figures").click();
    await holds(async () => expect(await days.count()).toBe(31));
    await page.getByLabel("Period").selectOption("7 days");
    await page.waitForURL("**?days=7");
    await days.nth(30).waitFor({ state: "detached" });
    await page.getByText("Daily figures").click();
    await days.nth(7).waitFor();
    await holds(async () => expect(await page.getByText("1 of 2 deployments").count()).toBe(1));
    expect(troubles).toEqual([]);
    await context.close();
  });

  test("a long history is read page by page, and by stage", async () => {
    const app = await registerApp(api, healthyApp(), { name: "often", healthCheckPath: "/healthz" });
    const ids: number[] = [];
    for (let index = 0; index < 34; index++) ids.push(await deploy(api, app.id));
    await ends(api, ids.at(-1) ?? 0);
    const { page, context } = await visit(browser);
    const rows = page.getByRole("list", { name: "Deployments" }).getByRole("listitem");
    await page.goto(`${local.url}/apps/${app.id}`);
    await holds(async () => expect(await rows.count()).toBe(30));
    await page.getByRole("button", { name: "Load more" }).click();
    await holds(async () => expect(await rows.count()).toBe(34));
    await page.getByLabel("Stage").selectOption("Superseded");
    await page.waitForURL("**?stage=superseded");
    await rows.filter({ hasText: "Success" }).first().waitFor({ state: "detached" });
    await rows.nth(20).waitFor();
    await page.reload();
    await rows.nth(20).waitFor();
    await holds(async () => expect(await rows.filter({ hasNotText: "Superseded" }).count()).toBe(0));
    await context.close();
  });

  test("settings are changed, and a wrong one is refused where it is typed", async () => {
    const { page, context } = await visit(browser);
    const settings = `${local.url}${pages["an-app"]?.path}/settings`;
    await page.goto(settings);
    await page.waitForURL(`${settings}/general`);
    const badge = page.getByRole("img", { name: "Status of shop" });
    expect(
      await badge.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth)),
    ).toBeGreaterThan(40);
    await page.getByText(/^\[!\[shop\]\(.*badge\.svg\?key=/).waitFor();
    await page.getByRole("link", { name: "Runtime" }).click();
    await page.getByLabel("Port").fill("0");
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByText("Port must be at least 1").waitFor();
    await page.getByLabel("Port").fill("4000");
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByText("Settings of shop saved.").first().waitFor();
    await page.getByRole("link", { name: "Rollbacks" }).click();
    await page.getByText("This strategy has no bake time, so they have no effect.").waitFor();
    await page.getByLabel("Alarm on errors").fill("2.5");
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByRole("button", { name: "Discard" }).waitFor({ state: "detached" });
    await page.getByRole("link", { name: "Variables", exact: true }).click();
    await page.getByRole("button", { name: "Reveal GREETING" }).click();
    expect(await page.getByLabel("Value of GREETING").inputValue()).toBe("hello");
    await page.getByRole("button", { name: "Remove API_KEY" }).click();
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByRole("button", { name: "Discard" }).waitFor({ state: "detached" });
    const [app] = (await api.get("/api/apps")).body.data.filter((one: { name: string }) => one.name === "shop");
    expect(app).toMatchObject({ port: 4000, secrets: [], env: { GREETING: "hello" }, alarms: { error_percent: 2.5 } });
    await context.close();
  });
});

/** The colours of the page's ground and the monitor's. */
const groundsOf = (page: Page) =>
  page.evaluate(() => {
    const elements = document.querySelectorAll("html, .slipway-filling > .sw\\:bg-ground");
    return [...new Set([...elements].map((element) => getComputedStyle(element).backgroundColor))];
  });
