import { expect, test } from "@jest/globals";
import { cachedAppTasks } from "../../lib/adapters/cached/app-tasks.ts";
import type { AppTasks } from "../../lib/core/ports/tasks.ts";

const countsOf = (id: number) => ({ desired: id, healthy: id, serving: id });

/** Apps with as many healthy tasks as their ids say; those above 100 have no service. */
function counting() {
  const asked: number[][] = [];
  const state = { now: 0, fails: false };
  const tasks: AppTasks = {
    see: async () => ({ counts: null, tasks: [] }),
    counts: async (apps) => {
      const ids = apps.map(({ id }) => id);
      asked.push(ids);
      if (state.fails) throw new Error("AWS does not answer.");
      return new Map(ids.filter((id) => id <= 100).map((id) => [id, countsOf(id)]));
    },
  };
  const cached = cachedAppTasks(tasks, () => state.now);
  const counts = (ids: readonly number[]) => cached.counts(ids.map((id) => ({ id, processes: [] })));
  return { asked, state, cached: { counts } };
}

test("the counts of an app are asked for once in some seconds, whoever looks, in whatever company", async () => {
  const { asked, state, cached } = counting();
  const all = await Promise.all([cached.counts([1, 2]), cached.counts([2, 3, 101]), cached.counts([1])]);
  expect(all.map((counts) => [...counts.keys()])).toEqual([[1, 2], [2, 3], [1]]);
  expect(await cached.counts([101, 3, 1])).toEqual(new Map([3, 1].map((id) => [id, countsOf(id)])));
  expect(asked).toEqual([
    [1, 2],
    [3, 101],
  ]);
  state.now = 5_000;
  await cached.counts([3]);
  expect(asked.slice(2)).toEqual([[3]]);
});

test("a clock that was set back does not keep what was read under the other one", async () => {
  const { asked, state, cached } = counting();
  state.now = 1_000_000;
  await cached.counts([1]);
  state.now = 0;
  await cached.counts([1]);
  expect(asked).toHaveLength(2);
});

test("what could not be read is asked for again, and everybody who waited is told", async () => {
  const { asked, state, cached } = counting();
  state.fails = true;
  const both = await Promise.allSettled([cached.counts([1]), cached.counts([1])]);
  expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  state.fails = false;
  expect((await cached.counts([1])).size).toBe(1);
  expect(asked).toEqual([[1], [1]]);
});
