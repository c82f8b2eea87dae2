import { existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import axe from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { bundledChromium } from "./bundled-chromium.ts";
import { eventually } from "./local-mode.ts";
import type { Network } from "./network.ts";

/** Where a run leaves what a person may want to look at. */
const results = resolve(import.meta.dirname, "../../test-results");

/** Where Chromium and Chrome lie on machines that have one. */
const installed = [
  "/usr/bin/chromium",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** The browser that `npm ci` brings to Linux; elsewhere Playwright's or the system's. Throws with the command that brings one. */
async function executable(): Promise<string> {
  const named = process.env.SLIPWAY_CHROMIUM;
  const found = (named === undefined ? await usual() : [named]).find(existsSync);
  if (found !== undefined) return found;
  throw new Error(
    `There is no browser for the tests${named === undefined ? "" : ` at ${named}`}. Run: npx playwright-core install chromium — or name one in SLIPWAY_CHROMIUM.`,
  );
}

/** Where a browser may lie, the one that `npm ci` brings first. */
async function usual(): Promise<string[]> {
  const isBundled = process.platform === "linux" && process.arch === "x64";
  return [...(isBundled ? [await bundledChromium()] : []), chromium.executablePath(), ...installed];
}

/** A browser; what it asks of `url` goes through the network, where one is given. */
export async function openBrowser(through?: { readonly url: string; readonly network: Network }): Promise<Browser> {
  const rules =
    through === undefined
      ? []
      : [`--host-resolver-rules=MAP ${new URL(through.url).host} 127.0.0.1:${through.network.port}`];
  return chromium.launch({
    executablePath: await executable(),
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", ...rules],
  });
}

export const desktop = { width: 1280, height: 800 };
export const phone = { width: 360, height: 740 };

export interface PageOptions {
  readonly size?: { readonly width: number; readonly height: number };
  readonly theme?: "light" | "dark";
}

/** A fresh visitor's page. Whatever the page throws or logs as an error fails the test that asks {@link Visit.troubles}. */
export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of the page itself so far; failed requests are not among them. */
  readonly troubles: readonly string[];
}

export async function visit(browser: Browser, { size = desktop, theme = "light" }: PageOptions = {}): Promise<Visit> {
  const context = await browser.newContext({
    viewport: size,
    colorScheme: theme,
    reducedMotion: "reduce",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("console", (message) => {
    const isNetwork = /Failed to load resource|WebSocket connection to|net::ERR_/.test(message.text());
    if (message.type() === "error" && !isNetwork) troubles.push(message.text());
  });
  return { page, context, troubles };
}

/** Waits until an assertion about a page holds: what it reads may come with a later frame. Throws the assertion's own error otherwise. */
export async function holds(assertion: () => Promise<void>, seconds = 120): Promise<void> {
  let failure: unknown;
  const attempt = async (): Promise<true | undefined> => {
    try {
      await assertion();
      return true;
    } catch (error) {
      failure = error;
      return undefined;
    }
  };
  await eventually("the assertion holds", attempt, seconds).catch((timeout: unknown) => {
    throw failure ?? timeout;
  });
}

const gravest = ["serious", "critical"];
export const everyImpact = ["minor", "moderate", ...gravest];

/** What axe finds that keeps people out: its violations of serious and critical impact or of those given, each with where. */
export async function accessibilityProblems(page: Page, impacts = gravest): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return found.violations
    .filter(({ impact }) => impacts.includes(impact ?? ""))
    .flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help} (${target.join(" ")})`));
}

/** Goes on by Tab until this has the focus. Throws where Tab does not lead there. */
export async function tabTo(page: Page, role: "link" | "button" | "textbox", name: string): Promise<void> {
  const target = page.getByRole(role, { name, exact: true });
  await target.waitFor();
  for (let presses = 0; presses < 60; presses++) {
    if (await target.evaluate((it) => it === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not lead to the ${role} "${name}".`);
}

/** The whole log, as the page's own button copies it. */
export async function copiedLog(page: Page): Promise<string> {
  await page.getByRole("button", { name: "Copy the log" }).click();
  await page.getByText("Log copied.").waitFor({ state: "attached" });
  return page.evaluate(() => navigator.clipboard.readText());
}

/** With `SLIPWAY_SCREENSHOTS=1`, keeps a picture of the page in `test-results/screenshots`: drawing it takes longer than most tests. */
export async function screenshot(page: Page, name: string): Promise<void> {
  if (process.env.SLIPWAY_SCREENSHOTS !== "1") return;
  const path = join(results, "screenshots", `${name}.png`);
  mkdirSync(dirname(path), { recursive: true });
  await page.screenshot({ path, animations: "disabled" });
}
