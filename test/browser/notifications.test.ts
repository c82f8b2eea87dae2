// Where notifications of an app's deployments go: set up, tried out, changed and removed in the page, at both widths.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { apiAt } from "../support/api.ts";
import { accessibilityProblems, holds, openBrowser, phone, screenshot, visit } from "../support/browser.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { type Receiver, receiver } from "../support/receiver.ts";

let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let browser: Browser;
let there: Receiver;
let appId: number;

beforeAll(async () => {
  [local, browser, there] = await Promise.all([startLocalMode(), openBrowser(), receiver()]);
  api = apiAt(local.url);
  there.answer("/gone", () => ({ status: 404 }));
  const app = { name: "shop", repoUrl: "https://git.example.com/shop.git" };
  appId = (await api.post("/api/apps", app)).body.data.id;
});
afterAll(async () => {
  await browser?.close();
  await local?.stop();
  await there?.close();
  removeDirectory(local.data);
});

const stored = async () => (await api.get(`/api/apps/${appId}`)).body.data.notifications;
const section = (page: Page) => page.getByRole("listitem").filter({ hasText: /^(Slack|Webhook|E-mail)/ });

test("an endpoint is refused where it is typed, then added, tried out, given another address, and removed", async () => {
  const { page, context, troubles } = await visit(browser);
  await page.goto(`${local.url}/apps/${appId}/settings/notifications`);
  await page.getByText("No notifications yet.").waitFor();

  await page.getByRole("button", { name: "Add an endpoint" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Type").selectOption("Webhook");
  await dialog.getByRole("button", { name: "Add" }).click();
  await dialog.getByText("URL must be given for a new endpoint.").waitFor();
  expect(await dialog.getByLabel("URL").getAttribute("aria-invalid")).toBe("true");
  await dialog.getByLabel("URL").fill("https://10.0.0.7/hook");
  await dialog.getByRole("button", { name: "Generate" }).click();
  await holds(async () => expect(await dialog.getByLabel("Signing secret").inputValue()).toMatch(/^[0-9a-f]{64}$/));
  await dialog.getByRole("button", { name: "Add" }).click();
  await dialog.getByText("URL must be a public address, not one inside a network.").waitFor();
  // A button under the mouse is paler, as everywhere.
  await page.mouse.move(0, 0);
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "notifications-dialog");
  await dialog.getByLabel("URL").fill(`${there.url}/gone`);
  await dialog.getByLabel("Cancelled").check();
  await dialog.getByRole("button", { name: "Add" }).click();
  await page.getByText("Notifications of shop saved.").first().waitFor();
  const [added] = await stored();
  const events = ["success", "failed", "awaiting_approval", "cancelled", "run_failed"];
  expect(added).toMatchObject({ type: "webhook", events });
  expect(JSON.stringify(added)).not.toContain("/gone");

  await page.getByRole("button", { name: "Send a test" }).click();
  await section(page).getByText("The test failed. It answered 404.").waitFor();
  await section(page).getByText("Failing since").waitFor();
  await screenshot(page, "notifications-failing");

  await page.getByRole("button", { name: `Change Webhook at ${added.host}` }).click();
  await dialog.getByText("Stored. Enter a new value to replace it.").first().waitFor();
  await dialog.getByLabel("URL").fill(`${there.url}/works`);
  await dialog.getByLabel("Awaiting approval").uncheck();
  await dialog.getByRole("button", { name: "Save" }).click();
  await section(page).getByText("Nothing sent yet.").waitFor();
  await page.getByRole("button", { name: "Send a test" }).click();
  await section(page).getByText("Test sent. It answered 200.").waitFor();
  const [got] = await there.at("/works");
  expect(got?.headers["x-slipway-signature-256"]).toMatch(/^sha256=/);
  expect(await stored()).toMatchObject([
    { id: added.id, events: ["success", "failed", "cancelled", "run_failed"], failing_since: null },
  ]);

  await page.getByRole("button", { name: `Remove Webhook at ${added.host}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByText("No notifications yet.").waitFor();
  expect(await stored()).toEqual([]);
  expect(troubles).toEqual([]);
  await context.close();
});

test.each(["light", "dark"] as const)(
  "the endpoints keep nobody out in the %s theme, and fit a phone",
  async (theme) => {
    const notifications = [
      { type: "slack", url: `${there.url}/slack` },
      { type: "webhook", url: `${there.url}/gone`, secret: "0123456789abcdef" },
      { type: "email", to: "the-whole-team-of-the-shop@mail.a-long-name-of-a-company.example.com" },
    ];
    await api.call("PATCH", `/api/apps/${appId}`, { notifications });
    await api.post(`/api/apps/${appId}/notifications/test`);
    const { page, context, troubles } = await visit(browser, { theme });
    await page.goto(`${local.url}/apps/${appId}/settings/notifications`);
    await section(page).first().waitFor();
    await section(page).first().scrollIntoViewIfNeeded();
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, `notifications-${theme}-desktop`);
    await page.setViewportSize(phone);
    await section(page).last().scrollIntoViewIfNeeded();
    await screenshot(page, `notifications-${theme}-phone`);
    const wider = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(await wider()).toBeLessThanOrEqual(0);
    await page.getByRole("button", { name: "Add an endpoint" }).click();
    await page.getByRole("dialog").getByLabel("Type").selectOption("Webhook");
    await screenshot(page, `notifications-dialog-${theme}-phone`);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await wider()).toBeLessThanOrEqual(0);
    expect(troubles).toEqual([]);
    await context.close();
  },
);
