import { describe, expect, test } from "@jest/globals";
import { formerNamesAfter } from "../../lib/core/app.ts";
import { work } from "../../lib/core/worker/worker.ts";
import { someApp, someSettings } from "../support/deployments.ts";
import { workerDeps } from "../support/worker-deps.ts";

const now = "2026-01-01T00:00:00.000Z";
const until = "2026-01-08T00:00:00.000Z";
const earlier = { name: "older", until: "2026-01-03T00:00:00.000Z" };

describe("the names that an app had", () => {
  const app = (change: object) => someApp({ live_name: "old", ...change });

  test("are kept for as long as the app says, and not at all if it says so", () => {
    expect(formerNamesAfter(app({}), "new", now)).toEqual([{ name: "old", until }]);
    const none = app({ settings: someSettings({ rename_grace_days: 0 }) });
    expect(formerNamesAfter(none, "new", now)).toEqual([]);
  });

  test("stay while it is released under the same name, and again where that was noted before", () => {
    expect(formerNamesAfter(app({ former_names: [earlier] }), "old", now)).toEqual([earlier]);
    const noted = app({ live_name: "new", former_names: [{ name: "old", until }] });
    expect(formerNamesAfter(noted, "new", now)).toEqual([{ name: "old", until }]);
  });

  test("are the app's own again when it gets them back, and end with their time", () => {
    const back = app({ live_name: "new", former_names: [{ name: "old", until }] });
    expect(formerNamesAfter(back, "old", now)).toEqual([{ name: "new", until }]);
    expect(formerNamesAfter(app({ former_names: [earlier] }), "new", earlier.until)).toEqual([
      { name: "old", until: "2026-01-10T00:00:00.000Z" },
    ]);
    expect(formerNamesAfter(app({ live_name: null }), "new", now)).toEqual([]);
  });

  test("are five at most, the newest", () => {
    const former_names = [1, 2, 3, 4, 5].map((index) => ({ name: `name-${index}`, until }));
    const names = formerNamesAfter(app({ former_names }), "new", now).map(({ name }) => name);
    expect(names).toEqual(["name-2", "name-3", "name-4", "name-5", "old"]);
  });

  test("are freed by the sweep when nobody is led from them any more", async () => {
    const calls: unknown[] = [];
    const base = workerDeps();
    const redirect = async (...args: unknown[]) => Boolean(calls.push(args));
    const deps = { ...base, releases: { ...base.releases, redirect } };
    const gone = { name: "gone", until: "2025-12-31T00:00:00.000Z" };
    await deps.apps.create(someApp({ live_name: "new", former_names: [gone, earlier] }));
    await work(deps, { type: "sweep" });
    expect(calls).toEqual([[1, "new", ["older"]]]);
    expect((await deps.apps.get(1))?.former_names).toEqual([earlier]);
    await work(deps, { type: "sweep" });
    expect(calls).toHaveLength(1);
  });
});
