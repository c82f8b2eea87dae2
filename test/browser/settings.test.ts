// An admin pastes a whole .env file and does not lose it by a wrong click. The API is a fixture.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser } from "playwright-core";
import { accessibilityProblems, openBrowser, screenshot, visit } from "../support/browser.ts";
import { shownApp, writings } from "../support/hostile-data.ts";
import { builtForFixtures, origin, serveHostileData } from "../support/hostile-site.ts";

let browser: Browser;
let directory: string;

beforeAll(async () => {
  directory = await builtForFixtures();
  browser = await openBrowser();
}, 240_000);
afterAll(() => browser?.close());

test("a .env file is pasted after a preview, and leaving asks before it is lost", async () => {
  const [writing] = writings;
  if (writing === undefined) throw new Error("There is no data to show.");
  const { page, context, troubles } = await visit(browser, { size: { width: 390, height: 844 } });
  await serveHostileData(page, directory, writing, []);
  await page.goto(`${origin}/apps/${shownApp}/settings`);
  await page.getByRole("button", { name: "Paste a .env file" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("File").fill("SHORT=2\nNEW='a b'\n");
  expect(await dialog.getByRole("list", { name: "Changes" }).getByRole("listitem").allInnerTexts()).toEqual([
    expect.stringMatching(/SHORT\s*changed/),
    expect.stringMatching(/NEW\s*added/),
  ]);
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "paste-a-env-file");
  await dialog.getByRole("button", { name: "Apply" }).click();
  await page.getByText("You have unsaved changes.").waitFor();

  await page.getByRole("link", { name: "Releases" }).click();
  await dialog.getByText("Discard unsaved changes?").waitFor();
  await dialog.getByRole("button", { name: "Keep editing" }).click();
  await page.getByText("You have unsaved changes.").waitFor();
  await page.getByRole("link", { name: "Releases" }).click();
  await dialog.getByRole("button", { name: "Discard changes" }).click();
  await page.waitForURL(`**/apps/${shownApp}/releases`);
  expect(troubles).toEqual([]);
  await context.close();
}, 120_000);
