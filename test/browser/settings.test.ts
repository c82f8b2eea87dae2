// Settings in sections, the pages beside them, and what is asked before something is lost: an admin pastes a whole .env file and does not lose it by a wrong click. The API is a fixture.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser } from "playwright-core";
import { sections } from "../../lib/dashboard/apps/form/sections.ts";
import { accessibilityProblems, holds, openBrowser, screenshot, visit } from "../support/browser.ts";
import { shownApp, writings } from "../support/hostile-data.ts";
import { builtForFixtures, origin, serveHostileData } from "../support/hostile-site.ts";

let browser: Browser;
let directory: string;

beforeAll(async () => {
  directory = await builtForFixtures();
  browser = await openBrowser();
});
afterAll(() => browser?.close());

test("a .env file is pasted after a preview, and leaving asks before it is lost", async () => {
  const [writing] = writings;
  if (writing === undefined) throw new Error("There is no data to show.");
  const { page, context, troubles } = await visit(browser, { size: { width: 390, height: 844 } });
  await serveHostileData(page, directory, writing, []);
  await page.goto(`${origin}/apps/${shownApp}/settings/variables`);
  await page.getByRole("button", { name: "Paste a .env file" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("File").fill("SHORT=2\nNEW='a b'\n");
  const changes = dialog.getByRole("list", { name: "Changes" }).getByRole("listitem");
  await holds(async () =>
    expect(await changes.allInnerTexts()).toEqual([
      expect.stringMatching(/SHORT\s*changed/),
      expect.stringMatching(/NEW\s*Secret\s*added\s*a b/),
    ]),
  );
  await dialog.getByRole("checkbox", { name: "Store NEW as a secret" }).check();
  await holds(async () => expect(await changes.last().innerText()).not.toContain("a b"));
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "paste-a-env-file");
  await dialog.getByRole("button", { name: "Apply" }).click();
  await page.getByText("You have unsaved changes.").waitFor();
  await page.getByRole("button", { name: "Remove NEW" }).waitFor();
  expect(await page.getByRole("button", { name: "Copy NEW" }).count()).toBe(0);

  await page
    .getByRole("navigation", { name: /^Views of/ })
    .getByRole("link", { name: "Releases" })
    .click();
  await dialog.getByText("Discard unsaved changes?").waitFor();
  await dialog.getByRole("button", { name: "Keep editing" }).click();
  await page.getByText("You have unsaved changes.").waitFor();
  await page
    .getByRole("navigation", { name: /^Views of/ })
    .getByRole("link", { name: "Releases" })
    .click();
  await dialog.getByRole("button", { name: "Discard changes" }).click();
  await page.waitForURL(`**/apps/${shownApp}/releases`);
  expect(troubles).toEqual([]);
  await context.close();
});

const pages = [
  ...sections.map(({ name }) => `/apps/${shownApp}/settings/${name}`),
  "/variables",
  "/settings/freeze",
  "/settings/tokens",
  "/invite#code=abc",
  "/docs/how-to.html",
];

test.each(["light", "dark"] as const)(
  "nothing keeps anybody out of the settings and the pages beside them in the %s theme",
  async (theme) => {
    const [writing] = writings;
    if (writing === undefined) throw new Error("There is no data to show.");
    const { page, context, troubles } = await visit(browser, { theme });
    await serveHostileData(page, directory, writing, []);
    const problems: Record<string, readonly string[]> = {};
    for (const path of pages) {
      await page.goto(`${origin}${path}`);
      await page.getByRole("heading").first().waitFor();
      await page.waitForLoadState("networkidle");
      problems[path] = await accessibilityProblems(page);
    }
    expect(problems).toEqual(Object.fromEntries(pages.map((path) => [path, []])));
    expect(troubles).toEqual([]);
    await context.close();
  },
);

test("a value is hidden until it is revealed, and changes of one section are asked about before another is shown", async () => {
  const [writing] = writings;
  if (writing === undefined) throw new Error("There is no data to show.");
  const { page, context } = await visit(browser);
  await serveHostileData(page, directory, writing, []);
  await page.goto(`${origin}/apps/${shownApp}/settings/variables`);
  await page.getByRole("button", { name: "Reveal SHORT" }).click();
  const value = page.getByLabel("Value of SHORT");
  expect(await value.inputValue()).toBe("1");
  await page.getByRole("button", { name: "Hide SHORT" }).click();
  await page.getByLabel("Value of SHORT, hidden").click();
  expect(await value.inputValue()).toBe("1");
  await page.getByRole("button", { name: "Copy SHORT" }).waitFor();
  await value.fill("2");
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Runtime" }).click();
  await page.getByRole("dialog").getByText("Discard unsaved changes?").waitFor();
  await page.getByRole("button", { name: "Keep editing" }).click();
  expect(await value.inputValue()).toBe("2");
  await context.close();
});

test("each warning of an app is shown once", async () => {
  const [writing] = writings;
  if (writing === undefined) throw new Error("There is no data to show.");
  const { page, context } = await visit(browser);
  await serveHostileData(page, directory, writing, []);
  await page.goto(`${origin}/apps/${shownApp}`);
  const warning = page.getByText("Only the live release is kept.");
  await warning.first().waitFor();
  expect(await warning.count()).toBe(1);
  await context.close();
});

test("what the browser does not let a page copy is selected instead: over plain HTTP it has no clipboard", async () => {
  const [writing] = writings;
  if (writing === undefined) throw new Error("There is no data to show.");
  const { page, context, troubles } = await visit(browser);
  await serveHostileData(page, directory, writing, []);
  await page.goto(`${origin}/apps/${shownApp}/settings/variables`);
  await page.getByRole("button", { name: "Copy SHORT" }).click();
  const dialog = page.getByRole("dialog", { name: "Copy SHORT" });
  await dialog.getByRole("textbox", { name: "Text to copy" }).waitFor();
  await holds(async () => expect(await page.evaluate(selectedInField)).toBe("1"));
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  expect(troubles).toEqual([]);
  await context.close();
});

const selectedInField = (): string | null => {
  const field = document.activeElement;
  return field instanceof HTMLTextAreaElement ? field.value.slice(field.selectionStart, field.selectionEnd) : null;
};

test("typing goes on in a variable that was added, and the keyboard stays where one was removed", async () => {
  const [writing] = writings;
  if (writing === undefined) throw new Error("There is no data to show.");
  const { page, context } = await visit(browser);
  await serveHostileData(page, directory, writing, []);
  await page.goto(`${origin}/apps/${shownApp}/settings/variables`);
  const add = page.getByRole("button", { name: "Add a variable" });
  await add.focus();
  await page.keyboard.press("Enter");
  await page.keyboard.type("ADDED");
  await page.getByRole("button", { name: "Remove ADDED" }).focus();
  await page.keyboard.press("Enter");
  await holds(async () => expect(await add.evaluate((button) => button === document.activeElement)).toBe(true));
  await context.close();
});

test("the documentation is searched, and a result leads to its heading", async () => {
  const [writing] = writings;
  if (writing === undefined) throw new Error("There is no data to show.");
  const { page, context, troubles } = await visit(browser, { size: { width: 320, height: 640 } });
  await serveHostileData(page, directory, writing, []);
  await page.goto(`${origin}/docs/index.html`);
  await page.getByRole("searchbox", { name: "Search" }).fill("freeze weekend");
  const result = page.getByRole("list", { name: "Search results" }).getByRole("link").first();
  await result.waitFor();
  expect(await result.getAttribute("href")).toBe("/docs/how-to#freeze-all-apps-for-the-weekend");
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(beyond).toBe(0);
  await screenshot(page, "documentation-phone");
  expect(troubles).toEqual([]);
  await context.close();
});
