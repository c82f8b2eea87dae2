import { afterEach, expect, test } from "@jest/globals";
import { openBrowser } from "../support/browser.ts";

const named = process.env.SLIPWAY_CHROMIUM;
afterEach(() => {
  if (named === undefined) delete process.env.SLIPWAY_CHROMIUM;
  else process.env.SLIPWAY_CHROMIUM = named;
});

test("where there is no browser the tests fail, with the command that brings one", async () => {
  process.env.SLIPWAY_CHROMIUM = "/nowhere/chromium";
  await expect(openBrowser()).rejects.toThrow("Run: npx playwright-core install chromium");
});
