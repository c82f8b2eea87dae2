// What an app prints, in the dashboard: a range of it is linked to, and an app that was never released has none.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { holds, openBrowser, visit } from "../support/browser.ts";
import { deploy, ends, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

let local: LocalMode;
let browser: Browser;

beforeAll(async () => {
  local = await startLocalMode();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await local?.stop();
  removeDirectory(local.data);
});

const linkedIn = (page: Page) => page.locator("[data-linked]").allInnerTexts();
const text = (rows: readonly string[]) => rows.map((row) => /line \d+/.exec(row)?.[0]);

test("a range of an app's log is linked to, and shown to whoever opens the link", async () => {
  const api = apiAt(local.url);
  const { "server.mjs": server = "", ...files } = healthyApp();
  const printing = `for (let line = 1; line <= 12; line++) console.log("line " + line);\n${server}`;
  const app = await registerApp(
    api,
    { ...files, "server.mjs": printing },
    { name: "shop", healthCheckPath: "/healthz" },
  );
  const { page, context, troubles } = await visit(browser);
  await page.goto(`${local.url}/apps/${app.id}/logs`);
  await page.getByText("Nothing has been released yet").waitFor();
  expect(await page.getByText("Waiting for the first line").count()).toBe(0);

  await ends(api, await deploy(api, app.id));
  await page.getByText("line 12", { exact: true }).waitFor();
  const numberOf = async (line: string) =>
    page
      .locator("[data-line-index]", { has: page.getByText(line, { exact: true }) })
      .first()
      .getByRole("link");
  await (await numberOf("line 5")).click();
  await holds(async () => expect(text(await linkedIn(page))).toEqual(["line 5"]));
  await (await numberOf("line 8")).click({ modifiers: ["Shift"] });
  const range = ["line 5", "line 6", "line 7", "line 8"];
  await holds(async () => expect(text(await linkedIn(page))).toEqual(range));

  const other = await context.newPage();
  await other.goto(page.url());
  await holds(async () => expect(text(await linkedIn(other))).toEqual(range));
  expect(troubles).toEqual([]);
  await context.close();
});
