import { expect, test } from "@jest/globals";
import { warningsOf } from "../../lib/api/warnings.ts";
import type { Settings } from "../../lib/core/app.ts";
import { releasedSettings } from "../../lib/core/configuration/configuration.ts";
import { someApp, someSettings } from "../support/deployments.ts";

const of = (change: Partial<Settings>, app: Parameters<typeof someApp>[0] = {}) =>
  warningsOf(someApp({ settings: someSettings(change), ...app }));
const alarms = { error_percent: 5, latency_ms: null };
const blueGreen = (bake_minutes: number) => ({ strategy: { type: "blue_green", bake_minutes } as const, alarms });

test("of a plain app there are none", () => {
  expect(of({})).toEqual([]);
});

test("a bake that is shorter than alarms need is warned of, one that is long enough or watched by none is not", () => {
  expect(of(blueGreen(2))).toEqual([expect.stringContaining("Releases bake for 2 minutes, and alarms need up to 3")]);
  expect(of(blueGreen(3))).toEqual([]);
  expect(of({ ...blueGreen(2), alarms: { error_percent: null, latency_ms: null } })).toEqual([]);
  expect(of({ ...blueGreen(2), auto_rollback: false })).toEqual([]);
});

test("an app that keeps one release has none to roll back to", () => {
  expect(of({ keep_releases: 1 })).toEqual([expect.stringContaining("there is none to roll back to")]);
});

test("unpinning is warned of where settings differ from what the app was rolled back to", () => {
  const live_settings = releasedSettings(someSettings({ env: { A: "1" } }));
  const rolledBack = { live_deployment_id: 7, live_settings, pinned: true };
  expect(of({ env: { A: "2" } }, rolledBack)).toEqual([
    expect.stringContaining("with the next deployment: env. Check"),
  ]);
  expect(of({ env: { A: "1" } }, rolledBack)).toEqual([]);
  expect(of({ env: { A: "2" } }, { ...rolledBack, pinned: false })).toEqual([]);
});
