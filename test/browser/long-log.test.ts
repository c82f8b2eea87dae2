// A log of 100,000 lines: scrolled, searched, linked to, selected and followed.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { copiedLog, holds, openBrowser, screenshot, type Visit, visit } from "../support/browser.ts";
import { deploy, ends, reaches, registerApp } from "../support/deploying.ts";
import { frameTimes, scrolled } from "../support/frames.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

const total = 100_000;
const chatter = `
const colours = [31, 32, 33, 34, 35, 36];
const lines = Array.from({ length: ${total} }, (_, index) => {
  const colour = colours[index % 6];
  return "\\u001b[" + colour + "mmodule " + (index + 1) + "\\u001b[0m compiled" + (index % 997 === 0 ? " with a warning" : "");
});
process.stdout.write(lines.join("\\n") + "\\n");
`;

let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let browser: Browser;
let reader: Visit;
let id: number;
/** How many lines Slipway and Docker print before the first of the build's own. */
let before: number;
let count: number;

beforeAll(async () => {
  local = await startLocalMode({ args: ["--minute", "10s"] });
  api = apiAt(local.url);
  browser = await openBrowser();
  const files = { ...healthyApp("long", ["node chatter.mjs"]), "chatter.mjs": chatter };
  const app = await registerApp(api, files, { name: "long", healthCheckPath: "/healthz" });
  id = await deploy(api, app.id);
  expect((await ends(api, id)).stage).toBe("success");
  reader = await visit(browser);
  await open(reader.page);
  const log = (await copiedLog(reader.page)).split("\n");
  before = log.indexOf("module 1 compiled with a warning");
  count = log.length;
  expect(log.slice(before, before + total)).toEqual(
    Array.from(
      { length: total },
      (_, index) => `module ${index + 1} compiled${index % 997 === 0 ? " with a warning" : ""}`,
    ),
  );
}, 900_000);
afterAll(async () => {
  await browser?.close();
  await local?.stop();
  removeDirectory(local.data);
});
afterEach(() => {
  expect(reader.troubles).toEqual([]);
});

async function open(page: Page, hash = ""): Promise<void> {
  await page.goto("about:blank");
  await page.goto(`${local.url}/deployments/${id}${hash}`);
  await page.getByRole("status").filter({ hasText: "Log complete" }).waitFor({ timeout: 180_000 });
}

const log = (page: Page) => page.getByRole("log");
const row = (page: Page, line: number) => page.getByRole("link", { name: new RegExp(`^Line ${line}(,|$)`) });
const module = (page: Page, number: number) => log(page).getByText(new RegExp(`module ${number} compiled`));
const selected = (page: Page) => page.evaluate(() => navigator.clipboard.readText());
const distanceToEnd = (page: Page) => log(page).evaluate((it) => it.scrollHeight - it.clientHeight - it.scrollTop);

test("opens at its end, and holds no more rows than a screen shows", async () => {
  const { page } = reader;
  await row(page, count).waitFor();
  await holds(async () => expect(await log(page).locator("[data-index]").count()).toBeLessThan(80));
});

test("shows rows wherever it is scrolled to; how long the frames took is kept", async () => {
  const { page } = reader;
  const idle = await frameTimes(page, 60);
  const frames = await scrolled(page, { steps: 300 });
  const kept = resolve(import.meta.dirname, "../../test-results/frame-times.json");
  mkdirSync(resolve(kept, ".."), { recursive: true });
  writeFileSync(
    kept,
    `${JSON.stringify({ lines: count, unit: "ms", idle, scrolling: frames.times, framesWithoutRow: frames.framesWithoutRow })}\n`,
  );
});

test("is searched: every match is counted, and the reader goes from one to the next", async () => {
  const { page } = reader;
  await page.keyboard.press("Tab");
  await log(page).focus();
  await page.keyboard.press("ControlOrMeta+f");
  await page.keyboard.type("WITH A WARNING");
  const matches = Math.ceil(total / 997);
  await page.getByText(new RegExp(`^\\d+ of ${matches}$`)).waitFor();
  await page.keyboard.press("Enter");
  const shownAt = Number((await page.getByText(new RegExp(`^\\d+ of ${matches}$`)).innerText()).split(" ")[0]);
  await page.getByRole("button", { name: "Next match" }).click();
  await page.getByText(`${(shownAt % matches) + 1} of ${matches}`, { exact: true }).waitFor();
  await module(page, (shownAt % matches) * 997 + 1).waitFor();
  await page.getByRole("button", { name: "Previous match" }).click();
  await module(page, ((shownAt - 1) % matches) * 997 + 1).waitFor();
  await screenshot(page, "a-search");
  await page.getByLabel("Search the log").fill("no line has this");
  await page.getByText("No match").waitFor();
});

test("a line has an address: its number makes the link, and the link leads there", async () => {
  const { page } = reader;
  await page.getByLabel("Search the log").fill("module 4711 compiled");
  await module(page, 4711).waitFor();
  await row(page, before + 4711).click();
  await holds(async () => expect(new URL(page.url()).hash).toBe(`#L${before + 4711}`));
  await open(page, `#L${before + 60_000}`);
  await module(page, 60_000).waitFor();
  await row(page, before + 60_000)
    .and(page.locator('[aria-current="location"]'))
    .waitFor();
});

test("all of it is selected and copied, and a part that reaches over many screens", async () => {
  const { page } = reader;
  await log(page).focus();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.press("ControlOrMeta+c");
  const whole = (await selected(page)).split("\n");
  expect(whole).toHaveLength(count);
  expect(whole[before + total - 1]).toBe(`module ${total} compiled`);

  await page.getByLabel("Search the log").fill("module 2001 compiled");
  const box = await module(page, 2001).boundingBox();
  if (box === null) throw new Error("Line 2001 of the build is not in view.");
  await page.mouse.move(box.x + 1, box.y + 10);
  await page.mouse.down();
  await page.mouse.move(box.x + 40, box.y + 60);
  await page.mouse.wheel(0, 40_000);
  await module(page, 4000).waitFor();
  await page.mouse.move(box.x + 40, box.y + 20);
  await page.mouse.up();
  await page.keyboard.press("ControlOrMeta+c");
  const part = (await selected(page)).split("\n");
  expect(part.length).toBeGreaterThan(1000);
  expect(part[0]).toBe("module 2001 compiled");
  expect(part.slice(0, -1)).toEqual(whole.slice(before + 2000, before + 2000 + part.length - 1));
  await page.getByLabel("Search the log").fill("");
});

test("is wrapped and shown with times, and stays where the reader is", async () => {
  const { page } = reader;
  await page.setViewportSize({ width: 360, height: 740 });
  await open(page, `#L${before + 500}`);
  await module(page, 500).waitFor();
  await page.getByRole("button", { name: "Times" }).click();
  await module(page, 500).waitFor();
  // On a phone lines are wrapped at first.
  await holds(async () => expect(await log(page).evaluate((it) => it.scrollWidth - it.clientWidth)).toBe(0));
  await screenshot(page, "wrapped-on-a-phone");
  await page.getByRole("button", { name: "Wrap lines" }).click();
  await module(page, 500).waitFor();
  await page.setViewportSize({ width: 1280, height: 800 });
});

test("is downloaded as it is copied", async () => {
  const { page } = reader;
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download the log" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe(`deployment-${id}.log`);
  expect(readFileSync(await download.path(), "utf8")).toBe(`${await copiedLog(page)}\n`);
});

test("the end is followed until the reader scrolls up, and again from the button on", async () => {
  const script = 'let n = 0; setInterval(() => { console.log("tick " + ++n); if (n === 200) process.exit(); }, 20);';
  const files = { ...healthyApp("ticking", ["node ticks.mjs"]), "ticks.mjs": script };
  const app = await registerApp(api, files, { name: "ticking", healthCheckPath: "/healthz" });
  const ticking = await deploy(api, app.id);
  await reaches(api, ticking, ["building"]);
  const { page } = reader;
  await page.goto(`${local.url}/deployments/${ticking}`);
  await log(page).getByText("tick 60", { exact: true }).waitFor();
  await holds(async () => expect(await distanceToEnd(page)).toBeLessThanOrEqual(1));
  await log(page).hover();
  await page.mouse.wheel(0, -400);
  const jump = page.getByRole("button", { name: /^Jump to the end/ });
  await jump.waitFor();
  const at = await log(page).evaluate((it) => it.scrollTop);
  await page.getByRole("button", { name: /^Jump to the end \(\d\d+ new lines\)$/ }).waitFor();
  expect(await log(page).evaluate((it) => it.scrollTop)).toBe(at);
  await jump.click();
  await jump.waitFor({ state: "detached" });
  await log(page).getByText("tick 200", { exact: true }).waitFor();
  await holds(async () => expect(await distanceToEnd(page)).toBeLessThanOrEqual(1));
  expect(reader.troubles).toEqual([]);
});
