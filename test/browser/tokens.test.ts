// An admin gives somebody a token and takes it back. The API is a fixture.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser } from "playwright-core";
import { accessibilityProblems, holds, openBrowser, screenshot, visit } from "../support/browser.ts";
import { writings } from "../support/hostile-data.ts";
import { builtForFixtures, origin, serveHostileData } from "../support/hostile-site.ts";

let browser: Browser;
let directory: string;

beforeAll(async () => {
  directory = await builtForFixtures();
  browser = await openBrowser();
});
afterAll(() => browser?.close());

test.each(["light", "dark"] as const)("a token is created, shown once and revoked, in the %s theme", async (theme) => {
  const [writing] = writings;
  if (writing === undefined) throw new Error("There is no data to show.");
  const { page, context, troubles } = await visit(browser, { theme, size: { width: 390, height: 844 } });
  await serveHostileData(page, directory, writing, []);
  await page.route("**/api/tokens/3", (route) => route.fulfill({ json: { success: true } }));
  await page.goto(`${origin}/settings/tokens`);
  await page.getByRole("list", { name: "Tokens" }).waitFor();

  await page.getByRole("button", { name: "Create a token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Create token" }).click();
  await dialog.getByText("Name must not be empty").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, `create-a-token-${theme}`);
  await dialog.getByLabel("Name").fill("ci");
  const [request] = await Promise.all([
    page.waitForRequest((one) => one.method() === "POST" && one.url().endsWith("/api/tokens")),
    dialog.getByRole("button", { name: "Create token" }).click(),
  ]);
  expect(request.postDataJSON()).toMatchObject({ name: "ci", role: "deployer", apps: null, github: null });

  await page.getByText("0123456789abcdef".repeat(4)).waitFor();
  await page.getByText(`slipway login ${origin}`).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, `a-new-token-${theme}`);
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByText("0123456789abcdef".repeat(4)).waitFor({ state: "detached" });

  // The fixture's list stays as it was, like an index that lags behind: what was answered is shown nevertheless.
  const listed = page.getByRole("list", { name: "Tokens" }).getByRole("listitem");
  await holds(async () => expect(await listed.count()).toBe(2));
  await page
    .getByRole("button", { name: /^Revoke / })
    .last()
    .click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await holds(async () => expect(await listed.count()).toBe(1));
  expect(troubles).toEqual([]);
  await context.close();
});
