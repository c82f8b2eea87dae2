// Every page, full of the longest and strangest that users may type, in both themes: whatever axe knows to be wrong, however slight.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { addresses, isLoaded } from "../support/addresses.ts";
import { accessibilityProblems, everyImpact, openBrowser, phone, visit } from "../support/browser.ts";
import { shownApp, writings } from "../support/hostile-data.ts";
import { builtForFixtures, origin, serveHostileData } from "../support/hostile-site.ts";

let browser: Browser;
let directory: string;

beforeAll(async () => {
  directory = await builtForFixtures();
  browser = await openBrowser();
});
afterAll(() => browser?.close());

async function hostilePage(options: Parameters<typeof visit>[1]): Promise<Page> {
  const [writing] = writings;
  if (writing === undefined) throw new Error("There is no data to show.");
  const { page } = await visit(browser, options);
  await serveHostileData(page, directory, writing, []);
  return page;
}

test.each([{ theme: "light" }, { theme: "dark", size: phone }] as const)(
  "no page keeps anybody out, or makes it hard for them: %j",
  async (options) => {
    const page = await hostilePage(options);
    const problems: string[] = [];
    for (const address of addresses) {
      await page.goto(`${origin}${address}`);
      await page.waitForFunction(isLoaded);
      problems.push(...(await accessibilityProblems(page, everyImpact)).map((problem) => `${address}: ${problem}`));
    }
    expect(problems).toEqual([]);
    await page.context().close();
  },
);

test("a dialog, the palette and the help are as good as a page", async () => {
  const page = await hostilePage({});
  await page.goto(`${origin}/apps/${shownApp}`);
  await page.waitForFunction(isLoaded);
  const problems: string[] = [];
  const look = async (what: string) => {
    await page.getByRole("dialog").waitFor();
    problems.push(...(await accessibilityProblems(page, everyImpact)).map((problem) => `${what}: ${problem}`));
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  };
  await page
    .getByRole("button", { name: /^Deploy/ })
    .first()
    .click();
  await look("deploy");
  await page.keyboard.press("ControlOrMeta+k");
  await look("palette");
  await page.keyboard.press("?");
  await look("help");
  expect(problems).toEqual([]);
  await page.context().close();
});
