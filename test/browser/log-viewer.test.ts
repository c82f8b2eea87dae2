// What a reader does with the log of a failed deployment. The API is a fixture, so that nothing needs to be built.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { holds, openBrowser, screenshot, visit } from "../support/browser.ts";
import { shownDeployment, writings } from "../support/hostile-data.ts";
import { builtForFixtures, origin, serveHostileData } from "../support/hostile-site.ts";

let browser: Browser;
let directory: string;

beforeAll(async () => {
  directory = await builtForFixtures();
  browser = await openBrowser();
});
afterAll(() => browser?.close());

const hash = (page: Page): string => new URL(page.url()).hash;
const number = (page: Page, line: number) => page.getByRole("link", { name: new RegExp(`^Line ${line}(,|$)`) });
const lineCount = (page: Page) => page.getByRole("log").locator("[data-line-index]").count();

test("leads to the failing line, links to several, folds steps and shows errors only", async () => {
  const [writing] = writings;
  if (writing === undefined) throw new Error("There is no data to show.");
  const { page, context, troubles } = await visit(browser);
  await serveHostileData(page, directory, writing, []);
  await page.goto(`${origin}/deployments/${shownDeployment}`);

  const cause = page.getByRole("alert").locator("p").nth(1);
  const isCut = () => cause.evaluate((element) => element.scrollHeight > element.clientHeight + 1);
  expect(await isCut()).toBe(true);
  await page.getByRole("button", { name: "Show all of it" }).click();
  await holds(async () => expect(await isCut()).toBe(false));
  await page.getByRole("button", { name: "Show less" }).click();

  await page.getByRole("button", { name: "Jump to the failing line" }).click();
  await page.waitForURL("**#L4");
  await number(page, 4).and(page.locator('[aria-current="location"]')).waitFor();

  // On a phone there is no Shift key.
  await number(page, 3).click();
  await page.getByRole("button", { name: "Select a range" }).click();
  await number(page, 1).click();
  await holds(async () => expect(hash(page)).toBe("#L1-L3"));

  await number(page, 2).click();
  await number(page, 4).click({ modifiers: ["Shift"] });
  await holds(async () => expect(hash(page)).toBe("#L2-L4"));
  const linked = page.getByRole("log").locator("[data-linked]");
  await holds(async () => expect(await linked.count()).toBe(3));
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.getByText("Link copied.").waitFor();
  await page.getByRole("button", { name: "Copy as text" }).click();
  await page.getByText("Text copied.").waitFor();
  await screenshot(page, "a-range-of-lines");

  await holds(async () => expect(await lineCount(page)).toBe(4));
  await page.getByRole("button", { name: /^1 error/ }).click();
  await number(page, 1).waitFor({ state: "detached" });
  await holds(async () => expect(await lineCount(page)).toBe(1));
  await page.getByRole("button", { name: /^1 error/ }).click();
  await page.getByRole("button", { name: "Step 1/5" }).click();
  await number(page, 4).waitFor({ state: "detached" });
  await holds(async () => expect(await lineCount(page)).toBe(1));
  // A folded line is unfolded by whoever is led to it.
  await page.getByRole("button", { name: "Next error" }).click();
  await number(page, 4).waitFor();
  expect(troubles).toEqual([]);
  await context.close();
});
