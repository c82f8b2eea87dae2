// Every page, full of the longest and strangest that users may type and push, on screens from a phone to a desk: nothing
// reaches beyond the screen, and no control covers another. At 400 % zoom a screen of 1280 px is one of 320 px.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { addresses, isLoaded } from "../support/addresses.ts";
import { openBrowser, screenshot, visit } from "../support/browser.ts";
import { shownApp, shownDeployment, writings } from "../support/hostile-data.ts";
import { builtForFixtures, origin, serveHostileData } from "../support/hostile-site.ts";

const widths = [320, 390, 768, 1440];

let browser: Browser;
let directory: string;

beforeAll(async () => {
  directory = await builtForFixtures();
  browser = await openBrowser();
});
afterAll(() => browser?.close());

test("the addresses are those of the router", () => {
  expect(addresses).toContain(`/apps/${shownApp}/releases`);
  expect(addresses.filter((address) => address.includes(":"))).toEqual([]);
});

test.each(writings)(
  "no page is wider than the screen with $kind",
  async (writing) => {
    const unanswered: string[] = [];
    const { page, context, troubles } = await visit(browser);
    await serveHostileData(page, directory, writing, unanswered);
    const problems: string[] = [];
    for (const address of addresses) {
      await page.goto(`${origin}${address}`);
      await page.waitForFunction(isLoaded);
      for (const width of widths) {
        await page.setViewportSize({ width, height: width === 320 ? 256 : 800 });
        problems.push(...(await problemsOf(page)).map((problem) => `${address} at ${width} px: ${problem}`));
      }
      await screenshot(page, `hostile${address.replaceAll("/", "-")}-${writing.kind.replaceAll(" ", "-")}`);
    }
    expect(problems).toEqual([]);
    expect(unanswered).toEqual([]);
    expect(troubles).toEqual([]);
    await context.close();
  },
  900_000,
);

/** A page, and what opens a dialog or a menu on it. */
const dialogs: readonly { address: string; open: (page: Page) => Promise<void> }[] = [
  ...[
    { address: "/", button: /^Deploy / },
    { address: `/apps/${shownApp}`, button: /^Deploy$/ },
    { address: `/apps/${shownApp}`, button: /^Redeploy$/ },
    { address: `/apps/${shownApp}/releases`, button: /^Roll back to / },
    { address: `/apps/${shownApp}/settings/variables`, button: /^Paste a \.env file$/ },
    { address: `/apps/${shownApp}/settings/notifications`, button: /^Change E-mail/ },
    { address: `/apps/${shownApp}/settings/notifications`, button: /^Remove E-mail/ },
    { address: `/apps/${shownApp}/settings/danger`, button: /^Delete app$/ },
    { address: `/deployments/${shownDeployment}`, button: /^Retry$/ },
    { address: "/settings/freeze", button: /^End freeze$/ },
    { address: "/settings/github", button: /^Disconnect$/ },
    { address: "/settings/tokens", button: /^Create a token$/ },
    { address: "/settings/tokens", button: /^Revoke / },
    { address: "/", button: /^Account: / },
  ].map(({ address, button }) => ({
    address,
    open: (page: Page) => page.getByRole("button", { name: button }).first().click(),
  })),
  { address: "/", open: (page) => page.keyboard.press("Control+k") },
  { address: "/", open: (page) => page.keyboard.press("?") },
];

test.each(writings)(
  "no dialog is wider than the screen with $kind, and what it has can be reached",
  async (writing) => {
    const { page, context, troubles } = await visit(browser);
    await serveHostileData(page, directory, writing, []);
    const problems: string[] = [];
    for (const [index, { address, open }] of dialogs.entries()) {
      await page.setViewportSize({ width: 1440, height: 800 });
      await page.goto(`${origin}${address}`);
      await page.waitForFunction(isLoaded);
      await open(page);
      await page.locator(overlay).waitFor();
      for (const width of widths) {
        await page.setViewportSize({ width, height: width === 320 ? 256 : 800 });
        const found = await problemsLeft(page);
        problems.push(...found.map((problem) => `dialog ${index} of ${address} at ${width} px: ${problem}`));
      }
      await page.setViewportSize({ width: 390, height: 800 });
      await screenshot(page, `hostile-dialog-${index}-${writing.kind.replaceAll(" ", "-")}`);
    }
    expect(problems).toEqual([]);
    expect(troubles).toEqual([]);
    await context.close();
  },
  900_000,
);

test("the overview without an app is no wider than the screen", async () => {
  const { page, context } = await visit(browser);
  const [writing] = writings;
  if (writing === undefined) throw new Error("There is no data.");
  await serveHostileData(page, directory, writing, []);
  await page.route("**/api/apps", (route) => route.fulfill({ json: { success: true, data: [] } }));
  await page.goto(origin);
  await page.getByRole("button", { name: "Continue" }).or(page.getByRole("textbox")).first().waitFor();
  for (const width of widths) {
    await page.setViewportSize({ width, height: width === 320 ? 256 : 800 });
    expect(await problemsOf(page)).toEqual([]);
  }
  await screenshot(page, "hostile-no-apps");
  await context.close();
});

/** What is wrong with a dialog once it has found its place: a menu follows its button a few frames after the screen changed. */
async function problemsLeft(page: Page): Promise<readonly string[]> {
  let found = await problemsOf(page, overlay);
  for (let frame = 0; frame < 120 && found.length > 0; frame++) {
    await page.evaluate(() => new Promise(requestAnimationFrame));
    found = await problemsOf(page, overlay);
  }
  return found;
}

const overlay = "[role=dialog], [role=alertdialog], [role=menu]";

/** What is wrong with the layout of the page as it is shown, or of what lies over it. */
const problemsOf = (page: Page, within = "main"): Promise<readonly string[]> =>
  page.evaluate((selector) => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const widest = [...document.querySelectorAll("body *")].filter(
      (one) => one.getBoundingClientRect().right > clientWidth + 1 && one.closest("[role=log]") === null,
    );
    const where = widest.slice(0, 3).map(({ tagName, className }) => `<${tagName} class="${className}">`);
    const wide = scrollWidth > clientWidth ? [`${scrollWidth - clientWidth} px too wide: ${where.join(" ")}`] : [];
    const isOverlay = selector !== "main";
    const main = document.querySelector(selector) ?? document.body;
    const isFloating = (one: Element | null): boolean =>
      one !== null &&
      one !== main &&
      (["sticky", "fixed"].includes(getComputedStyle(one).position) || isFloating(one.parentElement));
    const controls = [...main.querySelectorAll<HTMLElement>("a, button, input, select, textarea, summary")]
      // The rows of a log scroll below their line numbers, and a page below its bars.
      .filter((one) => one.closest("[role=log]") === null && !one.closest(".sr-only") && !isFloating(one))
      .map((element) => ({ element, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 1 && box.height > 1);
    const name = (one: HTMLElement) => (one.getAttribute("aria-label") ?? one.innerText).slice(0, 30);
    const beyond = controls
      .filter(({ box }) => box.left < -1 || box.right > clientWidth + 1)
      .map(({ element }) => `"${name(element)}" reaches beyond the screen`);
    const covered = controls.flatMap(({ element, box }, index) =>
      controls.slice(index + 1).flatMap((other) => {
        const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
        const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
        const isApart = across <= 1 || down <= 1 || element.contains(other.element) || other.element.contains(element);
        return isApart ? [] : [`"${name(element)}" and "${name(other.element)}" cover each other`];
      }),
    );
    const { top, bottom } = main.getBoundingClientRect();
    const isTall = isOverlay && (top < -1 || bottom > window.innerHeight + 1);
    const cut = isTall ? ["reaches above or below the screen, where nothing scrolls to it"] : [];
    return [...wide, ...beyond, ...covered, ...cut];
  }, within);
