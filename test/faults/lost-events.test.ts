// What only a poll or the sweep can find out: event notifications that are lost, and sources that never answer with an end.
import { describe, expect, test } from "@jest/globals";
import type { Deployment } from "../../lib/core/deployment/deployment.ts";
import type { Stage } from "../../lib/core/stage.ts";
import type { Message } from "../../lib/core/work-queue/message.ts";
import { type Action, Crash, type Ended, type Interference, type Life, live } from "../support/simulation.ts";

const minute = 60;
const at =
  (id: number, stage: Stage): Action["when"] =>
  (rows) =>
    rows.get(id)?.stage === stage;
const first: Action = { when: () => true, act: { request: 1 } };
const second: Action = { when: at(1, "success"), act: { request: 2 } };
const short = { outcome: "succeeded", seconds: 10 } as const;
const never = { outcome: "never", seconds: 0 } as const;

const rowOf = (ended: Ended, id: number): Deployment => {
  const row = ended.rows.find((one) => one.id === id);
  if (row === undefined) throw new Error(`There is no deployment ${id}.`);
  return row;
};
const seconds = (from: string, to: string | null): number => (Date.parse(to ?? "") - Date.parse(from)) / 1000;
const nothingIsLeft = { lane: { running: null, waiting: null }, unfinished: [], violations: [] };

describe("a deployment goes on, though its event notifications are lost", () => {
  const types = (...lost: Message["type"][]) => {
    return (message: Message) => lost.includes(message.type);
  };
  /** Polls are the row's own; the sweep sends each again that is overdue, and that one comes. */
  const firstOfEachPoll = () => {
    const sent = new Set<string>();
    return (message: Message) => {
      if (message.type !== "poll" || sent.has(message.due)) return false;
      sent.add(message.due);
      return true;
    };
  };

  test.each<readonly [string, () => (message: Message) => boolean]>([
    ["that its build changed", () => types("build_changed")],
    ["what its build reported", () => types("build_reported")],
    ["that its service changed", () => types("service_changed")],
    ["any of these", () => types("build_changed", "build_reported", "service_changed")],
    ["that it was asked for, or that the lane is free", () => types("deployment")],
    ["to poll, but by the sweep", firstOfEachPoll],
    [
      "anything, but by the sweep",
      () => {
        const pollIsLost = firstOfEachPoll();
        return (message) => message.type !== "sweep" && (message.type !== "poll" || pollIsLost(message));
      },
    ],
  ])("%s", async (_what, lost) => {
    const ended = await live({ actions: [first, second] }, { lost: lost() });
    expect(ended).toMatchObject({ ...nothingIsLeft, stages: { 1: "success", 2: "success" }, serving: 2, live: 2 });
    for (const row of ended.rows) expect(seconds(row.created_at, row.finished_at)).toBeLessThan(15 * minute);
  });
});

describe("what never comes to an end is ended at its deadline, which the error names", () => {
  interface Case {
    readonly life: Partial<Life>;
    readonly failedIn: Stage;
    readonly words: RegExp;
    /** From its start, with what stopping it takes. */
    readonly within: number;
  }
  const cases: Readonly<Record<string, Case>> = {
    "a build that gets no host": {
      life: { build: (id) => (id === 2 ? never : short) },
      failedIn: "cloning",
      words: /still in cloning after 15 minutes/,
      within: 16 * minute,
    },
    "a build that hangs": {
      life: { build: (id) => (id === 2 ? { outcome: "succeeded", seconds: 100 * minute } : short) },
      failedIn: "building",
      words: /still in building after 60 minutes/,
      within: 62 * minute,
    },
    "a build that does not stop on request": {
      life: { build: (id) => (id === 2 ? { outcome: "succeeded", seconds: 90 * minute, stubborn: true } : short) },
      failedIn: "building",
      words: /still in building after 60 minutes/,
      within: 72 * minute,
    },
    "a service that never settles": {
      life: { release: (id) => (id === 2 ? never : short) },
      failedIn: "deploying",
      words: /still in deploying after 11 minutes 30 seconds/,
      within: 14 * minute,
    },
  };

  test.each(Object.entries(cases))("%s", async (_name, { life, failedIn, words, within }) => {
    const ended = await live({ actions: [first, second], ...life });
    const row = rowOf(ended, 2);
    expect(ended).toMatchObject({ ...nothingIsLeft, stages: { 1: "success", 2: "failed" }, serving: 1, live: 1 });
    expect(row).toMatchObject({ failed_stage: failedIn, error_code: "deadline_exceeded" });
    expect(row.error_message).toMatch(words);
    expect(seconds(row.started_at ?? row.created_at, row.finished_at)).toBeLessThan(within);
    expect(row.rolled_back).toBe(failedIn === "deploying");
  });

  test("a first service that never settles leaves nothing that serves", async () => {
    const ended = await live({ actions: [first], release: () => never });
    expect(ended).toMatchObject({ ...nothingIsLeft, stages: { 1: "failed" }, serving: null, live: null });
    expect(rowOf(ended, 1)).toMatchObject({ error_code: "deadline_exceeded", rolled_back: false });
  });

  test("an approval that nobody gives", async () => {
    const settings = { approval: "required", approval_expiry_minutes: 30 } as const;
    const ended = await live({ actions: [first], settings });
    expect(ended).toMatchObject({ ...nothingIsLeft, stages: { 1: "cancelled" }, serving: null });
    const row = rowOf(ended, 1);
    expect(row).toMatchObject({ error_code: "approval_expired", image_digest: "sha256:1" });
    expect(seconds(row.created_at, row.finished_at)).toBeLessThan(32 * minute);
  });
});

test("a start that comes through after its release succeeded is taken back", async () => {
  const stalled = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let starts = 0;
  let where: "before" | "stalled" | "late" = "before";
  const interference: Interference = {
    // The worker with the first start of the second release is held up for longer than its lease, and dies with it.
    before: async (call) => {
      if (call === "releases.start") starts += 1;
      if (call !== "ecs.UpdateService" || starts !== 2 || where !== "before") return;
      where = "stalled";
      stalled.resolve();
      await released.promise;
      where = "late";
    },
    after: async (call) => {
      if (call === "releases.start" && where === "late") throw new Crash(call);
    },
    run: async (workers) => {
      for (const worker of workers) await Promise.race([worker(), ...(where === "before" ? [stalled.promise] : [])]);
    },
  };
  const succeeded = at(2, "success");
  const ended = await live(
    {
      settings: { strategy: { type: "blue_green", bake_minutes: 0, smoke_check: { path: "/", expect_status: 200 } } },
      actions: [
        first,
        second,
        {
          when: (rows) => {
            if (succeeded(rows)) released.resolve();
            return succeeded(rows);
          },
          act: { send: 2, event: { type: "woken" } },
        },
      ],
    },
    interference,
  );
  expect(ended.releases).toEqual([1, 2, 2]);
  expect(ended).toMatchObject({ ...nothingIsLeft, stages: { 1: "success", 2: "success" }, serving: 2, live: 2 });
  expect(ended.loose).toBeNull();
});
