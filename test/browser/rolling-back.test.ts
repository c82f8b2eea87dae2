// Rolling back with the keyboard alone: what would change is read before anything does, and the way back is open.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser } from "playwright-core";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { accessibilityProblems, holds, openBrowser, screenshot, tabTo, visit } from "../support/browser.ts";
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

test("a release is rolled back with the keyboard alone, knowing what changes", async () => {
  const api = apiAt(local.url);
  const app = await registerApp(api, healthyApp("one"), {
    name: "shop",
    healthCheckPath: "/healthz",
    env: { GREETING: "hello" },
  });
  const first = await deploy(api, app.id);
  await ends(api, first);
  app.repository.commit(healthyApp("two"), "Greet customers by name");
  await api.call("PATCH", `/api/apps/${app.id}`, { env: { GREETING: "good evening" } });
  const second = await deploy(api, app.id);
  await ends(api, second);

  const { page, context, troubles } = await visit(browser);
  await page.goto(`${local.url}/apps/${app.id}`);
  await tabTo(page, "link", "Releases");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/releases");
  await tabTo(page, "button", `Roll back to #${first}`);
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: `Roll shop back to #${first}?` });
  const changes = dialog.getByRole("region", { name: "Changes" });
  await changes.getByText(`Changes since #${second}`).waitFor();
  await holds(async () => expect(await changes.innerText()).toMatch(/GREETING\s+good evening\s+→ hello/));
  await changes.getByText(`Removes what only #${second} has:`).waitFor();
  await changes.getByText("Greet customers by name").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "rollback-dialog");

  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  const trigger = page.getByRole("button", { name: `Roll back to #${first}` });
  await holds(async () => expect(await trigger.evaluate((it) => it === document.activeElement)).toBe(true));

  await page.keyboard.press("Enter");
  await changes.getByText(`Changes since #${second}`).waitFor();
  await tabTo(page, "button", "Roll back");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/deployments/*");
  const id = Number(/\/deployments\/(\d+)/.exec(page.url())?.[1]);
  expect(await ends(api, id)).toMatchObject({ stage: "success", rollback_of: first });
  const { body } = await api.get(`/api/apps/${app.id}`);
  expect(body.data).toMatchObject({ live_deployment_id: id, env: { GREETING: "good evening" } });
  expect(troubles).toEqual([]);
  await context.close();
});
