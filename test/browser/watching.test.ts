// The original's four manual tests, as a person does them, and what else happens to somebody who watches.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { apiAt } from "../support/api.ts";
import { chattyApp, healthyApp } from "../support/apps.ts";
import { copiedLog, holds, openBrowser, screenshot, type Visit, visit } from "../support/browser.ts";
import { deploy, ends, logOf, reaches, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { type Network, networkTo } from "../support/network.ts";

let local: LocalMode;
let network: Network;
let browser: Browser;
let api: ReturnType<typeof apiAt>;
let reader: Visit;

beforeAll(async () => {
  local = await startLocalMode({ args: ["--minute", "10s"] });
  api = apiAt(local.url);
  network = await networkTo(Number(new URL(local.url).port));
  browser = await openBrowser({ url: local.url, network });
});
afterAll(async () => {
  await browser?.close();
  await network?.close();
  await local?.stop();
  removeDirectory(local.data);
});
beforeEach(async () => {
  reader = await visit(browser);
});
afterEach(async () => {
  network.restore();
  expect(reader.troubles).toEqual([]);
  await reader.context.close();
});

const badge = (page: Page, words: string) =>
  page
    .getByRole("region", { name: /^Deployment \d+$/ })
    .getByRole("status")
    .filter({ hasText: words });
const finished = (page: Page) => badge(page, "Log complete").waitFor({ timeout: 180_000 });
/** Waits for the end, and says how it was where it was not a success. */
async function succeeds(page: Page): Promise<void> {
  const headline = page.locator("p").filter({ hasText: /^Deployment (succeeded|failed|cancelled)/ });
  await headline.waitFor({ timeout: 180_000 });
  expect(await headline.locator("..").innerText()).toMatch(/^Deployment succeeded/);
}
async function deployFromItsPage(page: Page, appId: number): Promise<void> {
  await page.goto(`${local.url}/apps/${appId}`);
  await page.getByRole("button", { name: "Deploy" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Deploy" }).click();
  await page.waitForURL("**/deployments/*");
}

const numbered = (text: string): string[] => text.split("\n").filter((line) => /^line \d+$/.test(line));
const upTo = (count: number): string[] => Array.from({ length: count }, (_, index) => `line ${index + 1}`);
/** A busy machine may not show each line for long; some line of two or three digits is always there. */
const someLines = (page: Page) =>
  page
    .getByRole("log")
    .getByText(/^line \d{2,3}$/)
    .first()
    .waitFor({ timeout: 180_000 });

/** The log on the page is the log that is stored, to the letter. */
async function expectWholeLog(page: Page, id: number): Promise<string> {
  const shown = await copiedLog(page);
  expect(`${shown}\n`).toBe(await logOf(api, id));
  return shown;
}

test("deploy with a click, and watch it to the success banner", async () => {
  const app = await registerApp(api, healthyApp(), { name: "shop", healthCheckPath: "/healthz" });
  const { page } = reader;
  await page.goto(local.url);
  await page.getByRole("button", { name: "Deploy shop" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Deploy", exact: true }).click();
  await page.waitForURL("**/deployments/*");
  const id = Number(page.url().split("/").at(-1));
  await succeeds(page);
  await finished(page);
  expect(await page.getByRole("list", { name: "Stages" }).getByRole("listitem").allInnerTexts()).toEqual(
    ["Queue", "Clone", "Build", "Deploy", "Live"].map((step) => expect.stringContaining(step)),
  );
  await holds(async () => expect(await page.title()).toBe(`Success · shop #${id} · Slipway`));
  await expectWholeLog(page, id);
  const [opened] = await Promise.all([
    reader.context.waitForEvent("page"),
    page.getByRole("link", { name: "(opens a new tab)" }).click(),
  ]);
  await opened.waitForURL(/^http:\/\/shop\.localhost:/);
  await holds(async () => expect(await opened.locator("body").innerText()).toBe("one"));
  expect((await api.get(`/api/apps/${app.id}`)).body.data.live_deployment_id).toBe(id);
});

test("a broken Dockerfile leads to the error banner: what failed, where, and what to do", async () => {
  const files = { ...healthyApp("one", ["echo preparing && exit 7"]) };
  const app = await registerApp(api, files, { name: "broken", healthCheckPath: "/healthz" });
  const { page } = reader;
  await deployFromItsPage(page, app.id);
  const banner = page.getByRole("alert").filter({ hasText: "Deployment failed in building" });
  await banner.waitFor({ timeout: 180_000 });
  await finished(page);
  const text = await banner.innerText();
  expect(text).toContain("exit 7");
  expect(text.match(/exit code 7/gi)).toHaveLength(1);
  expect(text.match(/Fix the command in the Dockerfile/g)).toHaveLength(1);
  await holds(async () => expect(await page.getByRole("log").innerText()).toContain("preparing"));
  await holds(async () => expect(await page.title()).toMatch(/^Failed · broken #\d+ · Slipway$/));
  await page.locator('link[rel=icon]:not([href="/favicon.svg"])').waitFor({ state: "attached" });
  await screenshot(page, "a-failed-build");

  app.repository.commit(healthyApp("two"), "Fix the build");
  await deployFromItsPage(page, app.id);
  await succeeds(page);
});

test("a network cut and restored shows in the badge, and the log is exact", async () => {
  const total = 400;
  const app = await registerApp(api, chattyApp(total, 60), { name: "chatty", healthCheckPath: "/healthz" });
  const id = await deploy(api, app.id);
  const { page } = reader;
  await page.goto(`${local.url}/deployments/${id}`);
  await badge(page, "Connected").waitFor();
  await someLines(page);
  network.cut();
  await badge(page, "Reconnecting…").waitFor();
  await screenshot(page, "while-the-network-is-cut");
  // Whoever asked for less motion sees none, though a build is under way.
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  network.restore();
  await badge(page, "Connected").waitFor({ timeout: 180_000 });
  // Again and again, at moments that nobody chose.
  const moments: number[] = [];
  while (!["success", "failed"].includes((await api.get(`/api/deployments/${id}`)).body.data.stage)) {
    moments.push(Math.random() * 700);
    await page.waitForTimeout(moments.at(-1) ?? 0);
    network.breakConnections();
  }
  await finished(page);
  expect({ moments, lines: numbered(await expectWholeLog(page, id)) }).toEqual({ moments, lines: upTo(total) });
});

test("two deployments in two tabs can be distinguished", async () => {
  const apps = [];
  for (const name of ["left", "right"]) {
    apps.push(
      await registerApp(api, healthyApp(name, [`echo built for ${name}`]), { name, healthCheckPath: "/healthz" }),
    );
  }
  const tabs = await Promise.all(
    apps.map(async (app) => ({ id: await deploy(api, app.id), page: await reader.context.newPage() })),
  );
  await Promise.all(tabs.map(({ id, page }) => page.goto(`${local.url}/deployments/${id}`)));
  await Promise.all(tabs.map(({ page }) => succeeds(page)));
  for (const [index, { id, page }] of tabs.entries()) {
    await finished(page);
    await page.bringToFront();
    const log = await expectWholeLog(page, id);
    expect(log).toContain(`built for ${["left", "right"][index]}`);
    expect(log).not.toContain(`built for ${["right", "left"][index]}`);
  }
});

test("where sockets do not get through, the page goes on without one and misses nothing", async () => {
  network.refuseSockets();
  const total = 200;
  const app = await registerApp(api, chattyApp(total, 60), { name: "behind-a-proxy", healthCheckPath: "/healthz" });
  const id = await deploy(api, app.id);
  const { page } = reader;
  await page.goto(`${local.url}/deployments/${id}`);
  await badge(page, "Live (polling)").waitFor({ timeout: 180_000 });
  await someLines(page);
  await succeeds(page);
  await finished(page);
  expect(numbered(await expectWholeLog(page, id))).toEqual(upTo(total));
});

test("a tab that slept in the background returns to a whole log", async () => {
  const total = 200;
  const app = await registerApp(api, chattyApp(total, 60), { name: "asleep", healthCheckPath: "/healthz" });
  const id = await deploy(api, app.id);
  const { page, context } = reader;
  await page.goto(`${local.url}/deployments/${id}`);
  await someLines(page);
  const devtools = await context.newCDPSession(page);
  await devtools.send("Page.setWebLifecycleState", { state: "frozen" });
  network.breakConnections();
  await ends(api, id);
  await devtools.send("Page.setWebLifecycleState", { state: "active" });
  await finished(page);
  expect(numbered(await expectWholeLog(page, id))).toEqual(upTo(total));
});

test("lists move by themselves, and nobody asks again and again", async () => {
  const app = await registerApp(api, chattyApp(60, 30), { name: "listed", healthCheckPath: "/healthz" });
  const { page } = reader;
  await page.goto(`${local.url}/deployments`);
  await page.getByRole("button", { name: "Live" }).waitFor();
  await page.waitForLoadState("networkidle");
  const asked: string[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).pathname.startsWith("/api/deployments")) asked.push(request.url());
  });
  const id = await deploy(api, app.id);
  const row = page.getByRole("listitem").filter({ hasText: `#${id}` });
  await row.filter({ hasText: "Building" }).waitFor();
  await ends(api, id);
  await row.filter({ hasText: "Success" }).waitFor();
  expect(asked).toEqual([]);
});

test("a deployment is cancelled where it is watched, and retried from there", async () => {
  const app = await registerApp(api, chattyApp(100_000, 40), { name: "cancelled", healthCheckPath: "/healthz" });
  const id = await deploy(api, app.id);
  await reaches(api, id, ["building"]);
  const { page } = reader;
  await page.goto(`${local.url}/deployments/${id}`);
  await page.getByRole("button", { name: "Cancel deployment" }).click();
  await page.getByRole("dialog").getByLabel("Reason").fill("not this one");
  await page.getByRole("dialog").getByRole("button", { name: "Cancel deployment" }).click();
  await page.getByText("Deployment cancelled", { exact: true }).waitFor({ timeout: 180_000 });
  await finished(page);
  await page.getByRole("button", { name: "Retry" }).click();
  await page.waitForURL(`**/deployments/${id + 1}`);
  await badge(page, "Connected").waitFor();
  await api.post(`/api/deployments/${id + 1}/cancel`, {});
  await ends(api, id + 1);
});

test("a release is approved where it is watched, rolled back from the list of releases, and unpinned", async () => {
  const settings = { name: "careful", healthCheckPath: "/healthz", approval: "required" };
  const app = await registerApp(api, healthyApp("one"), settings);
  const { page } = reader;
  const approve = async (id: number) => {
    await page.goto(`${local.url}/deployments/${id}`);
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("dialog").getByLabel("Reason").fill("looked at it");
    await page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
    await succeeds(page);
    await finished(page);
    expect(await expectWholeLog(page, id)).toContain("Approved by local: looked at it");
  };
  const first = await deploy(api, app.id);
  await approve(first);
  app.repository.commit(healthyApp("two"), "Second");
  await approve(await deploy(api, app.id));

  await page.goto(`${local.url}/apps/${app.id}/releases`);
  await page.getByRole("button", { name: /^Roll back to #/ }).click();
  await page.getByRole("dialog").getByLabel("Reason").fill("two is slow");
  await page.getByRole("dialog").getByRole("button", { name: "Roll back" }).click();
  await page.waitForURL("**/deployments/*");
  await succeeds(page);
  await page.goto(`${local.url}/apps/${app.id}`);
  const pinned = page.getByText(/^Pinned at #\d+, by the rollback of local\. New pushes are skipped/);
  await pinned.waitFor();
  await screenshot(page, "a-pinned-app");
  await page.getByRole("button", { name: "Unpin" }).click();
  await pinned.waitFor({ state: "detached" });
});
