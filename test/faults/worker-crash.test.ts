// Each call of the worker, one after the other: dying there changes nothing of how a deployment ends, nor of what was done for it.
// Workers that run at the same time, messages that come twice and all else that goes wrong: test/support/simulate.
import { describe, expect, test } from "@jest/globals";
import type { Stage } from "../../lib/core/stage.ts";
import { type Action, Crash, type Ended, type Life, live } from "../support/simulation.ts";

const at =
  (id: number, stage: Stage): Action["when"] =>
  (rows) =>
    rows.get(id)?.stage === stage;
const first: Action = { when: () => true, act: { request: 1 } };
const cancelled = { type: "cancel_requested", by: "ada", reason: null } as const;
const long = { outcome: "succeeded", seconds: 300 } as const;

/** Long enough that whoever waits behind it is known to wait, whatever happens to their messages. */
const firstTakesLong = (id: number) => ({ outcome: "succeeded", seconds: id === 1 ? 120 : 10 }) as const;

const cancelIn = (stage: Stage): Life => ({
  actions: [first, { when: at(1, stage), act: { send: 1, event: cancelled } }],
  settings: { approval: stage === "awaiting_approval" ? "required" : "none" },
  build: () => (stage === "cloning" || stage === "building" ? long : { outcome: "succeeded", seconds: 10 }),
  release: () => long,
});

/** The newer push's own worker asks for the cancel, over the queue. */
const pushIn = (stage: Stage): Life => ({
  settings: { on_new_push: "cancel_running" },
  actions: [first, { when: at(1, stage), act: { request: 2, trigger: "webhook" } }],
  build: (id) => (id === 1 && stage === "cloning" ? long : { outcome: "succeeded", seconds: 10 }),
  release: (id) => (id === 1 ? long : { outcome: "succeeded", seconds: 10 }),
});

/** The second release is checked before it gets traffic. */
const checked = (check: "passes" | "fails"): Life => ({
  settings: { strategy: { type: "blue_green", bake_minutes: 0, smoke_check: { path: "/", expect_status: 200 } } },
  actions: [first, { when: at(1, "success"), act: { request: 2 } }],
  release: (id) => ({ outcome: "succeeded", seconds: 10, check: id === 1 ? "passes" : check }),
});

const lives: Readonly<Record<string, Life>> = {
  "a success": { actions: [first] },
  "a failing build": { actions: [first], build: () => ({ outcome: "failed", seconds: 10 }) },
  "a build whose host died": {
    actions: [first],
    build: (_id, attempt) => ({ outcome: attempt === 1 ? "fault" : "succeeded", seconds: 10 }),
  },
  "a first release that never becomes healthy": {
    actions: [first],
    release: () => ({ outcome: "failed", seconds: 10 }),
  },
  "a second release that never becomes healthy": {
    actions: [first, { when: at(1, "success"), act: { request: 2 } }],
    release: (id) => ({ outcome: id === 1 ? "succeeded" : "failed", seconds: 10 }),
  },
  "a cancel while it clones": cancelIn("cloning"),
  "a cancel while it builds": cancelIn("building"),
  "a cancel while it waits for approval": cancelIn("awaiting_approval"),
  "a cancel while it deploys": cancelIn("deploying"),
  "a cancel of a second release while it deploys": {
    actions: [
      first,
      { when: at(1, "success"), act: { request: 2 } },
      { when: at(2, "deploying"), act: { send: 2, event: cancelled } },
    ],
    release: (id) => (id === 1 ? { outcome: "succeeded", seconds: 10 } : long),
  },
  "a cancel while it waits behind another": {
    actions: [
      first,
      { when: at(1, "deploying"), act: { request: 2 } },
      { when: at(2, "pending"), act: { send: 2, event: cancelled } },
    ],
    release: firstTakesLong,
  },
  "an approval": {
    settings: { approval: "required" },
    actions: [
      first,
      { when: at(1, "awaiting_approval"), act: { send: 1, event: { type: "approved", by: "grace", reason: null } } },
    ],
  },
  "a newer request that replaces the one that waits": {
    actions: [
      first,
      { when: at(1, "deploying"), act: { request: 2 } },
      { when: at(1, "deploying"), act: { request: 3 } },
    ],
    release: firstTakesLong,
  },
  "a push that cancels a build": pushIn("cloning"),
  "a push that cancels a release": pushIn("deploying"),
  "a smoke check that passes": checked("passes"),
  "a smoke check that fails": checked("fails"),
  "a second deployment of the same tree": {
    unchanged: true,
    actions: [first, { when: at(1, "success"), act: { request: 2 } }],
  },
  "a cancel of a deployment that reuses an image": {
    unchanged: true,
    settings: { approval: "none" },
    actions: [
      first,
      { when: at(1, "success"), act: { request: 2 } },
      { when: at(2, "deploying"), act: { send: 2, event: cancelled } },
    ],
    release: (id) => (id === 1 ? { outcome: "succeeded", seconds: 10 } : long),
  },
  "a rollback": {
    actions: [
      first,
      { when: at(1, "success"), act: { request: 2 } },
      { when: at(2, "success"), act: { request: 3, trigger: "rollback", of: 1 } },
    ],
  },
  "a rollback of the image alone": {
    actions: [
      first,
      { when: at(1, "success"), act: { request: 2 } },
      { when: at(2, "success"), act: { request: 3, trigger: "rollback", of: 1, configuration: "current" } },
    ],
  },
  "a redeploy": {
    actions: [first, { when: at(1, "success"), act: { request: 2, trigger: "redeploy" } }],
  },
  "a redeploy that waits behind another release": {
    actions: [
      first,
      { when: at(1, "success"), act: { request: 2 } },
      { when: at(2, "deploying"), act: { request: 3, trigger: "redeploy" } },
    ],
    release: (id) => ({ outcome: "succeeded", seconds: id === 2 ? 120 : 10 }),
  },
  "a promotion": {
    actions: [first, { when: at(1, "success"), act: { request: 2, trigger: "promotion", from: 100 } }],
  },
  "a promotion that is approved": {
    settings: { approval: "required" },
    actions: [
      { when: () => true, act: { request: 1, trigger: "promotion", from: 100 } },
      {
        when: at(1, "awaiting_approval"),
        act: { send: 1, event: { type: "approved", by: "grace", reason: null } },
      },
    ],
  },
  "a promotion that never becomes healthy": {
    actions: [first, { when: at(1, "success"), act: { request: 2, trigger: "promotion", from: 100 } }],
    release: (id) => ({ outcome: id === 1 ? "succeeded" : "failed", seconds: 10 }),
  },
  "a rollback in the middle of another release, and a push behind it": {
    actions: [
      first,
      { when: at(1, "success"), act: { request: 2 } },
      { when: at(2, "deploying"), act: { request: 3, trigger: "rollback", of: 1 } },
      { when: at(3, "success"), act: { request: 4, trigger: "webhook" } },
    ],
    release: (id) => (id === 2 ? long : { outcome: "succeeded", seconds: 10 }),
  },
};

/** How it ended, in all that people and bills depend on. */
const endOf = ({ stages, serving, live, lane, buildsRunning, unfinished, promotedTo, violations }: Ended) => ({
  stages,
  serving,
  live,
  lane,
  buildsRunning,
  unfinished,
  promotedTo,
  violations,
});

/** Everything that it did outside and every line that it said; lines of a build and of Slipway may come in another order. */
const effectsOf = ({ builds, releases, logs }: Ended) => ({
  builds,
  releases,
  logs: Object.fromEntries(Object.entries(logs).map(([id, lines]) => [id, [...lines].sort()])),
});

/** Each build and release was started once, each line written once and none of a build left out. */
function repetitionsOf({ builds, releases, logs }: Ended): readonly string[] {
  const all = [
    ...builds,
    ...releases.map((id) => `release ${id}`),
    ...Object.entries(logs).flatMap(([id, lines]) => lines.map((line) => `${id}: ${line}`)),
  ];
  const again = all.filter((what, index) => all.indexOf(what) !== index);
  const gaps = Object.entries(logs).flatMap(([id, lines]) => gapsOf(lines).map((gap) => `${id} has a gap: ${gap}`));
  return [...again, ...gaps];
}

function gapsOf(lines: readonly string[]): readonly string[] {
  const next = new Map<string, number>();
  return lines.filter((line) => {
    const [, attempt = "", number] = /^build (\d+) line (\d+)/.exec(line) ?? [];
    if (number === undefined) return false;
    const expected = next.get(attempt) ?? 1;
    next.set(attempt, Number(number) + 1);
    return Number(number) !== expected;
  });
}

/** Far more than any of these lives has. */
const mostCalls = 1000;

/** Lives with a crash right after the `n`-th call of a port; `null`: there is no n-th call. */
async function withCrashAt(life: Life, n: number): Promise<{ where: string; ended: Ended } | null> {
  let calls = 0;
  let where: string | null = null;
  const after = async (call: string): Promise<void> => {
    calls += 1;
    if (calls !== n) return;
    where = call;
    throw new Crash(call);
  };
  const ended = await live(life, { after });
  return where === null ? null : { where, ended };
}

/** A cancel meets what has been done by then, so how much that is differs with the moment. */
const isCancelled = ({ actions, settings }: Life): boolean =>
  settings?.on_new_push === "cancel_running" ||
  actions.some(({ act }) => ("send" in act ? act.event === cancelled : act.trigger === "rollback"));

function differenceBetween(life: Life, expected: Ended, actual: Ended): string | null {
  const pairs: readonly (readonly [unknown, unknown])[] = [
    [endOf(expected), endOf(actual)],
    [[], repetitionsOf(actual)],
    ...(isCancelled(life) ? [] : [[effectsOf(expected), effectsOf(actual)] as const]),
  ];
  const different = pairs.find(([one, other]) => JSON.stringify(one) !== JSON.stringify(other));
  return different === undefined ? null : JSON.stringify(different[1]);
}

describe.each(Object.entries(lives))("%s", (_name, life) => {
  test("ends with nothing left to be done, and nothing done twice", async () => {
    const ended = await live(life);
    expect(endOf(ended)).toMatchObject({
      lane: { running: null, waiting: null },
      buildsRunning: 0,
      unfinished: [],
      violations: [],
    });
    expect(repetitionsOf(ended)).toEqual([]);
    expect(ended.serving).toBe(ended.live);
  });

  // Dying before a call is dying after the one before it: nothing happens in between that anybody could see.
  test("ends the same if the worker dies after any of its calls", async () => {
    const expected = await live(life);
    const wrong: string[] = [];
    for (let n = 1; n < mostCalls; n++) {
      const met = await withCrashAt(life, n);
      if (met === null) break;
      const difference = differenceBetween(life, expected, met.ended);
      if (difference !== null) wrong.push(`call ${n}, ${met.where}: ${difference}`);
    }
    expect(wrong).toEqual([]);
  });
});
