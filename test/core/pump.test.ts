import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Deployment } from "../../lib/core/deployment/deployment.ts";
import type { Stage } from "../../lib/core/stage.ts";
import { cursorsOf, type Fault, type Play, perform, type Step, type Watcher } from "./pump-simulation.ts";

const paths = fc.constantFrom<readonly Stage[]>(
  ["cloning", "building", "deploying", "success"],
  ["cloning", "building", "awaiting_approval", "deploying", "success"],
  ["cloning", "building", "failed"],
  ["cloning", "building", "deploying", "failed"],
  ["cloning", "cancelled"],
  ["superseded"],
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Step>({ type: "pump" }) },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ type: "stage" }, { type: "progress" }, { type: "inner" }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("lines" as const), count: fc.integer({ min: 1, max: 5 }) }) },
  // Longer than what one viewer is sent, or one page is read, in one go.
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("lines" as const), count: fc.integer({ min: 200, max: 1200 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("watch" as const),
      after: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 3000 })),
      batch: fc.boolean(),
      early: fc.constantFrom(0, 0, 0, 1, 3),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("leave" as const), who: fc.integer({ min: 0, max: 3 }) }) },
);

/** A run takes a second: with the three for which a handshake is awaited they end before it counts as given up. */
const fewBooleans = fc.array(fc.boolean(), { maxLength: 5 });
const booleans = fc.array(fc.boolean(), { maxLength: 40 });
const withoutFaults = {
  path: paths,
  steps: fc.array(step, { maxLength: 30 }),
  meanwhile: booleans,
  crashes: fc.constant<boolean[]>([]),
  failures: fc.constant<boolean[]>([]),
  failing: fc.constant<Play["failing"]>(() => false),
};

const statuses = ({ seen }: Watcher) => seen.filter(({ type }) => type === "status").map(({ data }) => data);

const wanted = (cursors: readonly number[], { after }: Watcher) => cursors.filter((cursor) => cursor > after);

/** The present state first, and the end as the contract has it, with nothing after it. */
function expectBeginningAndEnd(watcher: Watcher, row: Deployment): void {
  expect(watcher.seen[0]?.type).toBe("status");
  expect(watcher.seen.at(-1)).toMatchObject({
    type: "status",
    data: { stage: row.stage, log_complete: true, error_message: row.error_message ?? "" },
  });
  const errors = watcher.seen.filter(({ type }) => type === "error");
  for (const { data } of errors) expect(data).toMatchObject({ message: row.error_message, scope: "deployment" });
  expect(watcher.seen.at(-2)?.type === "error").toBe(row.stage === "failed");
}

/** Each stage entered after the state of its snapshot. */
function expectEachStage(watcher: Watcher, row: Deployment): void {
  const frames = statuses(watcher);
  const later = row.timeline.filter(({ version }) => version > Number(frames[0]?.version));
  expect(frames.map(({ stage }) => stage)).toEqual(expect.arrayContaining(later.map(({ stage }) => stage)));
}

function expectEverythingOnce(watcher: Watcher, row: Deployment, cursors: readonly number[]): void {
  expect(cursorsOf(watcher)).toEqual(wanted(cursors, watcher));
  const frames = statuses(watcher);
  expect(frames.filter(({ log_complete }) => log_complete)).toHaveLength(1);
  expect(watcher.seen.filter(({ type }) => type === "error")).toHaveLength(row.stage === "failed" ? 1 : 0);
  const versions = frames.slice(0, -1).map(({ version }) => Number(version));
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  expect(Number(frames.at(-1)?.version)).toBeGreaterThanOrEqual(versions.at(-1) ?? 0);
}

/** Lines may come again, but a line is new only when all before it have come. */
function expectEverythingAtLeastOnce(watcher: Watcher, cursors: readonly number[]): void {
  expect([...new Set(cursorsOf(watcher))]).toEqual(wanted(cursors, watcher));
}

describe("every viewer who stays", () => {
  test("sees each line after its cursor once and in order, each stage, and the end once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.record(withoutFaults), async (play) => {
        const { row, cursors, watchers, violations } = await perform(play);
        expect(violations).toEqual([]);
        for (const watcher of watchers.filter(({ left }) => !left)) {
          expectBeginningAndEnd(watcher, row);
          expectEachStage(watcher, row);
          expectEverythingOnce(watcher, row, cursors);
        }
      }),
      { numRuns: 150 },
    );
  });

  test("sees all of it at least once, without a gap, though the pump dies between sending and noting it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.record({ ...withoutFaults, crashes: fewBooleans }), async (play) => {
        const { row, cursors, watchers } = await perform(play);
        for (const watcher of watchers.filter(({ left }) => !left)) {
          expectBeginningAndEnd(watcher, row);
          expectEachStage(watcher, row);
          expectEverythingAtLeastOnce(watcher, cursors);
        }
      }),
      { numRuns: 100 },
    );
  });

  test("is served again when its socket fails, and the others notice nothing of it", async () => {
    const failing = (name: string) => name === "watcher 0";
    const faults = { ...withoutFaults, failures: booleans, failing: fc.constant(failing) };
    await fc.assert(
      fc.asyncProperty(fc.record(faults), async (play) => {
        const { row, cursors, watchers } = await perform(play);
        for (const watcher of watchers.filter(({ left }) => !left)) {
          expectBeginningAndEnd(watcher, row);
          // What failed was not delivered: the retry goes on just there, as does who was closed and comes back.
          if (failing(watcher.name)) expect(cursorsOf(watcher)).toEqual(wanted(cursors, watcher));
          else {
            expectEachStage(watcher, row);
            expectEverythingOnce(watcher, row, cursors);
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});

test("who comes when all is over gets the state, the replay, the error, and the same state with log_complete", async () => {
  const steps: Step[] = [{ type: "lines", count: 2 }, { type: "stage" }, { type: "stage" }, { type: "pump" }];
  const late: Step = { type: "watch", after: 0, batch: false, early: 0 };
  const play = { path: ["failed"] as const, meanwhile: [], crashes: [], failures: [], failing: () => false };
  const { watchers } = await perform({ ...play, steps: [...steps, late] });
  expect(watchers[0]?.seen.map(({ type, data }) => [type, data.log_complete])).toEqual([
    ["status", false],
    ["log", undefined],
    ["log", undefined],
    ["error", undefined],
    ["status", true],
  ]);
});

test("who is written to before their handshake is over is served once it is; who has left is forgotten", async () => {
  const early: Step = { type: "watch", after: 0, batch: false, early: 2 };
  const steps: Step[] = [{ type: "lines", count: 2 }, early, { ...early, early: 0 }, { type: "leave", who: 1 }];
  const play = { path: ["success"] as const, meanwhile: [], crashes: [], failures: [], failing: () => false };
  const { watchers, row, remaining } = await perform({ ...play, steps });
  expect(watchers.map(({ seen }) => seen.filter(({ type }) => type === "log").length)).toEqual([2, 0]);
  expect(watchers[0]?.seen.at(-1)?.data).toMatchObject({ stage: row.stage, log_complete: true });
  expect(remaining).toEqual(["watcher 0, connection 0"]);
});

test("who is written to before their handshake is over is served even where everything paused in between", async () => {
  const early: Step = { type: "watch", after: 0, batch: false, early: 5, pausedSeconds: 90 };
  const play = { path: ["success"] as const, meanwhile: [], crashes: [], failures: [], failing: () => false };
  const { watchers, row } = await perform({ ...play, steps: [{ type: "lines", count: 2 }, early] });
  expect(watchers[0]?.seen.filter(({ type }) => type === "log")).toHaveLength(2);
  expect(watchers[0]?.seen.at(-1)?.data).toMatchObject({ stage: row.stage, log_complete: true });
});

describe("two sockets that cannot be reached, while a deployment prints for 70 s", () => {
  const watch: Step = { type: "watch", after: 0, batch: false, early: 0 };
  const second: readonly Step[] = [
    { type: "lines", count: 2 },
    { type: "pump" },
    { type: "lines", count: 1 },
    { type: "inner" },
  ];
  const steps = [watch, watch, watch, ...Array.from({ length: 70 }, () => second).flat()];
  const play = { path: ["cloning", "building", "success"] as const, meanwhile: [], crashes: [], failures: [] };
  const isDead = (name: string) => name !== "watcher 2";
  const faults: readonly Fault[] = ["unavailable", "throttled", "forbidden", "timed out", "not found by name"];

  const played = async (fault: Fault, change: Partial<Play> = {}) => {
    const dead = (name: string) => (isDead(name) ? fault : null);
    const { row, cursors, watchers, remaining } = await perform({
      ...play,
      steps,
      failing: () => false,
      dead,
      ...change,
    });
    const begun = Math.min(...watchers.flatMap(({ posts }) => posts));
    const within70s = (times: readonly number[]) => times.filter((ms) => ms <= begun + 70_000).length;
    return { row, cursors, watchers, remaining, within70s };
  };

  test.each(faults)(
    "are tried six times, then closed and forgotten; the other viewer misses nothing: %s",
    async (fault) => {
      const { row, cursors, watchers, remaining, within70s } = await played(fault);
      for (const watcher of watchers.filter(({ name }) => isDead(name))) {
        expect(watcher.posts).toHaveLength(6);
        expect(within70s(watcher.posts)).toBe(6);
        const waits = watcher.posts.slice(1).map((ms, index) => ms - (watcher.posts[index] ?? 0));
        for (const [index, least] of [1000, 2000, 4000, 8000, 16_000].entries())
          expect(waits[index]).toBeGreaterThanOrEqual(least);
        expect(watcher.closes).toHaveLength(1);
      }
      const alive = watchers.filter(({ name }) => !isDead(name));
      for (const watcher of alive) expectEverythingOnce(watcher, row, cursors);
      expect(remaining).toEqual(["watcher 2, connection 0"]);
    },
  );

  test("are closed again and again, ever less often, while that fails too, until their rows are too old", async () => {
    const { watchers, remaining, within70s } = await played("unavailable", { deaf: true });
    for (const watcher of watchers.filter(({ name }) => isDead(name))) {
      expect(watcher.posts).toHaveLength(6);
      expect(within70s(watcher.closes)).toBeLessThanOrEqual(3);
      expect(watcher.closes.length).toBeLessThanOrEqual(60);
    }
    expect(remaining).toEqual([]);
  });
});

test("who takes long to write to gets everything, some at a time, and holds the others up for no more than that", async () => {
  const watch: Step = { type: "watch", after: 0, batch: false, early: 0 };
  const steps: Step[] = [watch, watch, { type: "pump" }, { type: "lines", count: 40 }, { type: "pump" }];
  const play = {
    path: ["cloning", "success"] as const,
    meanwhile: [],
    crashes: [],
    failures: [],
    failing: () => false,
  };
  const slowness = (name: string) => (name === "watcher 0" ? 300 : 0);
  const { watchers, row, cursors } = await perform({ ...play, steps, slowness });
  expect(watchers.map(cursorsOf)).toEqual([cursors, cursors]);
  for (const watcher of watchers) expectBeginningAndEnd(watcher, row);
  const shares = Object.values(Object.groupBy(watchers[0]?.posts ?? [], (ms) => Math.floor(ms / 3000)));
  expect(Math.max(...shares.map((share) => share?.length ?? 0))).toBeLessThanOrEqual(8);
});

test("who watches with many others line by line gets all of it, though the pump stops after a second for other deployments", async () => {
  const watch: Step = { type: "watch", after: 0, batch: false, early: 0 };
  const steps: Step[] = [
    ...Array.from({ length: 30 }, () => watch),
    { type: "pump" },
    { type: "lines", count: 600 },
    { type: "pump" },
    { type: "leave", who: 0 },
    { type: "lines", count: 600 },
  ];
  const play = { path: ["building", "success"] as const, meanwhile: [], crashes: [], failures: [] };
  const { watchers, row, cursors } = await perform({ ...play, steps, failing: () => false, slowness: () => 1 });
  for (const watcher of watchers.filter(({ left }) => !left)) {
    expectBeginningAndEnd(watcher, row);
    // Whoever took longer than a second goes on with a fresh snapshot.
    expect(cursorsOf(watcher)).toEqual(wanted(cursors, watcher));
  }
});
