// Every page, full of the longest and strangest that users may type and push, on screens from a phone to a desk: nothing
// reaches beyond the screen, and no control covers another. At 400 % zoom a screen of 1280 px is one of 320 px.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { addresses, isLoaded } from "../support/addresses.ts";
import { openBrowser, screenshot, visit } from "../support/browser.ts";
import { shownApp, writings } from "../support/hostile-data.ts";
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

/** What is wrong with the layout of the page as it is shown. */
const problemsOf = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const widest = [...document.querySelectorAll("body *")].filter(
      (one) => one.getBoundingClientRect().right > clientWidth + 1 && one.closest("[role=log]") === null,
    );
    const where = widest.slice(0, 3).map(({ tagName, className }) => `<${tagName} class="${className}">`);
    const wide = scrollWidth > clientWidth ? [`${scrollWidth - clientWidth} px too wide: ${where.join(" ")}`] : [];
    const main = document.querySelector("main") ?? document.body;
    const isFloating = (one: Element | null): boolean =>
      one !== null && (["sticky", "fixed"].includes(getComputedStyle(one).position) || isFloating(one.parentElement));
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
    return [...wide, ...beyond, ...covered];
  });
