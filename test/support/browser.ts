import { existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import bundled from "@sparticuz/chromium";
import axe from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
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
  return [...(isBundled ? [await bundled.executablePath()] : []), chromium.executablePath(), ...installed];
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

/** What axe finds that keeps people out: its violations of serious and critical impact, each with where. */
export async function accessibilityProblems(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return found.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help} (${target.join(" ")})`));
}

/** The whole log, as the page's own button copies it. */
export async function copiedLog(page: Page): Promise<string> {
  await page.getByRole("button", { name: "Copy the log" }).click();
  await page.getByText("Log copied.").waitFor({ state: "attached" });
  return page.evaluate(() => navigator.clipboard.readText());
}

/** Keeps a picture of the page in `test-results/screenshots`. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const path = join(results, "screenshots", `${name}.png`);
  mkdirSync(dirname(path), { recursive: true });
  await page.screenshot({ path, animations: "disabled" });
}
