import { describe, expect, test } from "@jest/globals";
import { decideRun, requestRun } from "../../lib/core/run/decide.ts";
import type { Run } from "../../lib/core/run/run.ts";
import { eventually } from "../support/local-mode.ts";
import { atOnce, freshId, type PortOf } from "./ports.ts";

const now = "2026-01-01T00:00:00.000Z";

/** What every {@link Runs} promises. */
export function runsContract(ports: PortOf<"runs">): void {
  const someRun = (change: Partial<Run> = {}): Run => ({
    ...requestRun(
      {
        id: freshId(),
        app_id: freshId(),
        deployment_id: 7,
        process: "web",
        command: ["npm", "run", "it's"],
        trigger: "manual",
        actor: "ada",
        actor_id: "token#2",
        timeout_minutes: 60,
        task_definition: "definition:1",
      },
      now,
    ),
    ...change,
  });
  const next = (run: Run): Run => {
    const decision = decideRun(run, { type: "starting" }, now);
    if ("ignored" in decision) throw new Error(decision.ignored);
    return decision.next;
  };

  describe("runs", () => {
    test("are read as they were written", async () => {
      const run = someRun();
      expect(await ports().runs.get(run.id)).toBeNull();
      expect(await ports().runs.create(run)).toBe(true);
      expect(await ports().runs.get(run.id)).toEqual(run);
    });

    test("are changed by one of those who read the same version", async () => {
      const run = someRun();
      await ports().runs.create(run);
      expect((await atOnce(8, () => ports().runs.replace(next(run)))).filter(Boolean)).toHaveLength(1);
      expect((await ports().runs.get(run.id))?.version).toBe(2);
    });

    test("of an app are listed newest first, page by page", async () => {
      const app_id = freshId();
      const made = [someRun({ app_id }), someRun({ app_id }), someRun({ app_id }), someRun()];
      for (const run of made) await ports().runs.create(run);
      const ids = made
        .slice(0, 3)
        .map(({ id }) => id)
        .reverse();
      const list = async (before: number | null, limit: number) =>
        (await ports().runs.list(app_id, { limit, before, cron: null })).map(({ id }) => id);
      await eventually("the index has all", async () => ((await list(null, 10)).length === 3 ? true : undefined));
      expect(await list(null, 2)).toEqual(ids.slice(0, 2));
      expect(await list(ids[1] ?? null, 10)).toEqual(ids.slice(2));
    });

    test("of a cron are listed by themselves", async () => {
      const app_id = freshId();
      const made = [
        someRun({ app_id, trigger: "cron", cron: "nightly" }),
        someRun({ app_id }),
        someRun({ app_id, trigger: "cron", cron: "hourly" }),
        someRun({ app_id, trigger: "cron", cron: "nightly" }),
      ];
      for (const run of made) await ports().runs.create(run);
      const ids = [made[3]?.id, made[0]?.id];
      const list = async (limit: number) =>
        (await ports().runs.list(app_id, { limit, before: null, cron: "nightly" })).map(({ id }) => id);
      await eventually("the index has both", async () => ((await list(10)).length === 2 ? true : undefined));
      expect(await list(10)).toEqual(ids);
      expect(await list(1)).toEqual(ids.slice(0, 1));
    });

    test("that are over and not announced are found like those that are not over, and do not go on", async () => {
      const app_id = freshId();
      const failed = someRun({ app_id, status: "failed", finished_at: now, announce: true });
      await ports().runs.create(failed);
      await eventually("it is found", async () =>
        (await ports().runs.overdue("2027-01-01")).some(({ id }) => id === failed.id) ? true : undefined,
      );
      expect(await ports().runs.unfinished(app_id)).toEqual([]);
    });

    test("that are not over are found when their poll is due; those that are over are not, and go with their app", async () => {
      const app_id = freshId();
      const open = someRun({ app_id });
      const over = someRun({ app_id, status: "succeeded", finished_at: now, next_poll_at: null });
      for (const run of [open, over]) await ports().runs.create(run);
      const due = async (time: string) => (await ports().runs.overdue(time)).map(({ id }) => id);
      await eventually("it is found", async () => ((await due("2027-01-01")).includes(open.id) ? true : undefined));
      expect(await due("2027-01-01")).not.toContain(over.id);
      expect(await due("2025-01-01")).not.toContain(open.id);
      await eventually("the index has both", async () =>
        (await ports().runs.list(app_id, { limit: 5, before: null, cron: null })).length === 2 ? true : undefined,
      );
      await eventually("it is known to go on", async () =>
        (await ports().runs.unfinished(app_id)).length === 1 ? true : undefined,
      );
      expect((await ports().runs.unfinished(app_id)).map(({ id }) => id)).toEqual([open.id]);
      expect(await ports().runs.removeSome(app_id)).toBe(true);
      expect(await ports().runs.get(open.id)).toBeNull();
      expect(await ports().runs.get(over.id)).toBeNull();
    });
  });
}
