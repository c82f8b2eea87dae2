import { describe, expect, test } from "@jest/globals";
import type { Settings } from "../../lib/core/app.ts";
import type { ReleaseSeen } from "../../lib/core/deployment/event.ts";
import type { ReleaseOrder, Releases } from "../../lib/core/ports/releases.ts";
import { someApp, someSettings } from "../support/deployments.ts";
import { freshId } from "./ports.ts";

/** What becomes of a release: whether its version is any good, and whether its smoke check says so. */
export type Fate = "good" | "sick" | "fails its check";

export interface ReleasesUnderTest {
  readonly releases: Releases;
  /** Settings with which a release has that fate. */
  settings(fate: Fate): Partial<Settings>;
  /** Foretells what becomes of a release. */
  foretell(deploymentId: number, fate: Fate): void;
  /** Lets a moment pass. */
  pass(): Promise<void>;
}

const nobody = async (): Promise<boolean> => false;
const only = (id: number) => async (deployment: number) => deployment === id;

const smoke_check = { path: "/", expect_status: 200 };
const strategies = {
  rolling: { type: "rolling" },
  "blue-green": { type: "blue_green", bake_minutes: 0 },
  linear: { type: "linear", step_percent: 50, step_bake_minutes: 0, bake_minutes: 0 },
  canary: { type: "canary", percent: 20, canary_bake_minutes: 0, bake_minutes: 0 },
} as const satisfies Record<string, Settings["strategy"]>;

/** What every {@link Releases} promises. Each test has apps of its own: where releases mostly wait, they go on at the same time. */
export function releasesContract(underTest: () => ReleasesUnderTest, promise: typeof test.concurrent = test): void {
  const orderOf = (app_id: number, fate: Fate, strategy: Settings["strategy"]): ReleaseOrder => {
    const deployment_id = freshId();
    underTest().foretell(deployment_id, fate);
    return {
      deployment_id,
      app_id,
      commit_hash: "c".repeat(40),
      image_digest: "",
      settings: someSettings({ name: `app-${app_id}`, strategy, ...underTest().settings(fate) }),
    };
  };

  /** Asks until it is started; answers its task definition. */
  async function started(order: ReleaseOrder): Promise<string> {
    for (;;) {
      const start = await underTest().releases.start(order);
      if (start.outcome === "refused") throw new Error(start.message);
      if (start.outcome === "started") return start.task_definition;
      await underTest().pass();
    }
  }

  async function seen(order: ReleaseOrder, until: (seen: ReleaseSeen) => boolean): Promise<ReleaseSeen> {
    for (;;) {
      const now = await underTest().releases.see(order, null);
      if (until(now)) return now;
      await underTest().pass();
    }
  }

  const ended = (order: ReleaseOrder) => seen(order, ({ state }) => state === "succeeded" || state === "failed");

  /** Asks until it can be stopped. */
  async function stopped(order: ReleaseOrder): Promise<void> {
    while ((await underTest().releases.stop(order, null)) === "unseen") await underTest().pass();
  }

  async function released(app: number, fate: Fate = "good", strategy: Settings["strategy"] = strategies.rolling) {
    const order = orderOf(app, fate, strategy);
    await started(order);
    return ended(order);
  }

  describe("releases", () => {
    promise("what was made ready before need not be waited for", async () => {
      const app = freshId();
      await underTest().releases.prepare(app, someSettings());
      for (let moment = 0; moment < 20; moment++) await underTest().pass();
      await underTest().releases.prepare(app, someSettings());
      expect(await underTest().releases.start(orderOf(app, "good", strategies.rolling))).toMatchObject({
        outcome: "started",
      });
    });

    promise("one that is asked for again is the same one", async () => {
      const order = orderOf(freshId(), "good", strategies.rolling);
      const taskDefinition = await started(order);
      expect(await started(order)).toBe(taskDefinition);
      expect(await ended(order)).toMatchObject({ state: "succeeded", traffic: 100 });
      expect(await started(order)).toBe(taskDefinition);
    });

    promise("one that was started a moment ago has not failed, whatever is listed of it", async () => {
      const app = freshId();
      for (const strategy of [strategies.rolling, strategies["blue-green"]]) {
        const order = orderOf(app, "good", strategy);
        await started(order);
        const end = await seen(order, ({ state }) => state !== "in_progress" && state !== "absent");
        expect(end).toMatchObject({ state: "succeeded" });
      }
    });

    promise.each(Object.entries(strategies))(
      "succeed, fail and put the earlier one back: %s",
      async (_name, strategy) => {
        const app = freshId();
        expect(await released(app, "good", strategy)).toMatchObject({ state: "succeeded" });
        expect(await released(app, "good", strategy)).toMatchObject({ state: "succeeded", traffic: 100 });
        expect(await released(app, "sick", strategy)).toMatchObject({ state: "failed", restored: true, traffic: 0 });
        expect(await released(app, "good", strategy)).toMatchObject({ state: "succeeded" });
      },
      240_000,
    );

    promise(
      "an app may change its strategy with each of them",
      async () => {
        const app = freshId();
        for (const strategy of [...Object.values(strategies), strategies.rolling])
          expect(await released(app, "good", strategy)).toMatchObject({ state: "succeeded", traffic: 100 });
      },
      240_000,
    );

    promise(
      "one that is stopped puts the earlier one back, or leaves nothing where there was none",
      async () => {
        const app = freshId();
        const first = orderOf(app, "sick", strategies["blue-green"]);
        await started(first);
        await stopped(first);
        const gone = await seen(first, ({ state }) => state === "absent" || state === "failed");
        expect(gone).toMatchObject({ restored: false, traffic: 0 });
        expect(await released(app)).toMatchObject({ state: "succeeded" });
        const second = orderOf(app, "sick", strategies["blue-green"]);
        await started(second);
        await stopped(second);
        expect(await ended(second)).toMatchObject({ state: "failed", restored: true });
        await underTest().releases.stop(second, null);
      },
      240_000,
    );

    promise.each(["rolling", "blue-green"] as const)(
      "wait for their smoke check before they get traffic, and go on when it was passed: %s",
      async (name) => {
        const app = freshId();
        const strategy = { ...strategies[name], smoke_check };
        expect(await released(app)).toMatchObject({ state: "succeeded" });
        const order = orderOf(app, "good", strategy);
        await started(order);
        expect(await seen(order, ({ paused }) => paused)).toMatchObject({ state: "in_progress", traffic: 0 });
        expect(await underTest().releases.check(order, null, true)).toEqual({ outcome: "passed" });
        expect(await underTest().releases.check(order, null, true)).toEqual({ outcome: "passed" });
        expect(await ended(order)).toMatchObject({ state: "succeeded", traffic: 100 });
      },
      240_000,
    );

    promise(
      "one whose smoke check fails says what was seen, and waits to be stopped",
      async () => {
        const app = freshId();
        const strategy = { ...strategies["blue-green"], smoke_check };
        expect(await released(app)).toMatchObject({ state: "succeeded" });
        const order = orderOf(app, "fails its check", strategy);
        await started(order);
        await seen(order, ({ paused }) => paused);
        expect(await underTest().releases.check(order, null, true)).toEqual({
          outcome: "failed",
          seen: "it answered 500",
        });
        expect(await underTest().releases.see(order, null)).toMatchObject({ state: "in_progress", traffic: 0 });
        await stopped(order);
        expect(await ended(order)).toMatchObject({ state: "failed", restored: true, traffic: 0 });
      },
      240_000,
    );

    promise("there is nothing to check of one that has not come so far", async () => {
      const order = orderOf(freshId(), "good", { ...strategies["blue-green"], smoke_check });
      expect(await underTest().releases.check(order, null, true)).toEqual({ outcome: "waiting" });
    });

    promise("of one that is live nothing else is left to stop", async () => {
      const order = orderOf(freshId(), "good", strategies.rolling);
      const taskDefinition = await started(order);
      await ended(order);
      expect(await underTest().releases.stopAllButLive(order, taskDefinition)).toBe("absent");
      expect(await underTest().releases.see(order, null)).toMatchObject({ state: "succeeded" });
    });

    promise(
      "give up their task definitions, but what runs, what it may go back to, and what others are at",
      async () => {
        const app = freshId();
        const { releases } = underTest();
        const first = orderOf(app, "good", strategies.rolling);
        const old = await started(first);
        await ended(first);
        expect(await releases.definitions(app)).toEqual([old]);
        expect(await releases.forget(app, [old], nobody)).toEqual([]);
        await released(app, "sick");
        const second = orderOf(app, "good", strategies["blue-green"]);
        const running = await started(second);
        const all = await releases.definitions(app);
        expect(all).toHaveLength(3);
        const [sick = ""] = all.filter((one) => one !== old && one !== running);
        expect(await releases.forget(app, [sick], only(second.deployment_id))).toEqual([sick]);
        expect(await releases.forget(app, all, only(second.deployment_id))).toEqual([]);
        await ended(second);
        expect(await releases.forget(app, await releases.definitions(app), only(first.deployment_id))).toEqual([]);
        expect(await releases.forget(app, await releases.definitions(app), nobody)).toEqual([old]);
        expect(await releases.definitions(app)).toEqual([running]);
        expect(await released(app)).toMatchObject({ state: "succeeded" });
      },
      240_000,
    );

    promise(
      "an app is removed with all that runs of it, and may come back",
      async () => {
        const app = someApp({ id: freshId() });
        expect(await released(app.id)).toMatchObject({ state: "succeeded" });
        while (!(await underTest().releases.remove(app))) await underTest().pass();
        expect(await underTest().releases.remove(app)).toBe(true);
        expect(await underTest().releases.definitions(app.id)).toEqual([]);
        expect(await released(app.id)).toMatchObject({ state: "succeeded" });
      },
      240_000,
    );
  });
}
