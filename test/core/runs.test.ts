import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { RunTasks } from "../../lib/core/ports/runs.ts";
import { decideRun, type RunEvent, requestRun } from "../../lib/core/run/decide.ts";
import { isOver, type Run } from "../../lib/core/run/run.ts";
import type { WorkerDeps } from "../../lib/core/worker/deps.ts";
import { lostPolls } from "../../lib/core/worker/lost-polls.ts";
import { applyToRun, beginRun, pollRun, sweepRuns, workOnRun } from "../../lib/core/worker/runs.ts";
import { memoryRuns } from "../support/memory-runs.ts";
import { workerDeps } from "../support/worker-deps.ts";

const begun = Date.parse("2026-01-01T00:00:00.000Z");

const requested = (now: string): Run =>
  requestRun(
    {
      id: 1,
      app_id: 1,
      deployment_id: 7,
      process: "web",
      command: ["npm", "run", "seed"],
      trigger: "manual",
      actor: "ada",
      actor_id: null,
      timeout_minutes: 30,
      task_definition: "definition:1",
    },
    now,
  );

interface Task {
  readonly arn: string;
  readonly token: string;
  readonly startedAt: number;
  stoppedAt: number | null;
  exitCode: number | null;
}

/** What becomes of a task, and of what is asked of ECS. */
interface Fate {
  readonly seconds: number;
  readonly exitCode: number;
  /** How many times ECS has no room. */
  readonly full: number;
  readonly refused: boolean;
}

/** A worker dies in the middle of whatever it does. */
class Died extends Error {}

/** ECS, a table, a queue whose messages come twice and late, and workers that die at any of their calls. */
function fixture(fate: Fate, dies: () => boolean) {
  let ms = begun;
  const now = () => new Date(ms).toISOString();
  const tasks: Task[] = [];
  let full = fate.full;
  let mostAtOnce = 0;
  const runsNow = () => tasks.filter(({ stoppedAt }) => stoppedAt === null || stoppedAt > ms);
  const end = (task: Task, exitCode: number, at: number) => {
    if (task.stoppedAt !== null && task.stoppedAt <= at) return;
    task.stoppedAt = at;
    task.exitCode = exitCode;
  };
  const ecs: RunTasks = {
    start: async ({ id, attempt }) => {
      const token = `${id}-${attempt}`;
      const known = tasks.find((task) => task.token === token);
      if (known !== undefined) return { outcome: "started", task: known.arn };
      if (fate.refused) return { outcome: "refused", message: "ECS refused the task." };
      if (full-- > 0) return { outcome: "waiting", message: "ECS has no room." };
      const stoppedAt = ms + fate.seconds * 1000;
      tasks.push({ arn: `task/${tasks.length + 1}`, token, startedAt: ms, stoppedAt, exitCode: fate.exitCode });
      mostAtOnce = Math.max(mostAtOnce, runsNow().length);
      return { outcome: "started", task: tasks.at(-1)?.arn ?? "" };
    },
    find: async () => runsNow()[0]?.arn ?? null,
    see: async (arn) => {
      const task = tasks.find((one) => one.arn === arn);
      const none = { type: "seen", exit_code: null, reason: null } as const;
      if (task === undefined) return { ...none, state: "absent" };
      if (task.stoppedAt !== null && task.stoppedAt <= ms)
        return { ...none, state: "stopped", exit_code: task.exitCode };
      return { ...none, state: ms - task.startedAt < 3000 ? "starting" : "running" };
    },
    stop: async (arn) => {
      const task = tasks.find((one) => one.arn === arn);
      if (task !== undefined && (task.stoppedAt === null || task.stoppedAt > ms)) end(task, 143, ms + 1000);
    },
  };
  const dying = <T extends object>(port: T): T =>
    Object.fromEntries(
      Object.entries(port).map(([name, call]) => [
        name,
        async (...given: unknown[]) => {
          if (dies()) throw new Died();
          const answer = await call(...given);
          if (dies()) throw new Died();
          return answer;
        },
      ]),
    ) as T;
  const rows = new Map<number, Run>();
  const messages: { readonly at: number; readonly work: (deps: WorkerDeps) => Promise<void> }[] = [];
  const queue = {
    send: async (message: { type: string; due?: string }, delay = 0) => {
      const work = (deps: WorkerDeps) =>
        message.type === "run" ? workOnRun(deps, 1) : pollRun(deps, 1, message.due ?? "");
      messages.push({ at: ms + delay * 1000, work });
    },
  };
  const plain = workerDeps({ runs: memoryRuns(rows), runTasks: ecs, queue: queue as WorkerDeps["queue"], now });
  const mortal = { ...plain, runs: dying(plain.runs), runTasks: dying(ecs), queue: dying(plain.queue) };
  return {
    rows,
    tasks,
    plain,
    mortal,
    messages,
    now,
    runsNow,
    mostAtOnce: () => mostAtOnce,
    pass: (seconds: number) => {
      ms += seconds * 1000;
    },
  };
}

const fates = fc.record({
  seconds: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.constant(100_000)),
  exitCode: fc.constantFrom(0, 1, 3),
  full: fc.integer({ min: 0, max: 3 }),
  refused: fc.boolean(),
});

describe("a run", () => {
  test("runs one task at a time and ends as its command does, whatever dies, comes twice or is cancelled", async () => {
    await fc.assert(
      fc.asyncProperty(
        fates,
        // Calls that go well before each one at which a worker dies.
        fc.array(fc.integer({ min: 0, max: 25 }), { maxLength: 20 }),
        fc.option(fc.integer({ min: 0, max: 40 }), { nil: null }),
        async (fate, deaths, cancelledAt) => {
          const left = [...deaths];
          const it = fixture(fate, () => {
            const [next] = left;
            if (next === undefined) return false;
            if (next === 0) left.shift();
            else left[0] = next - 1;
            return next === 0;
          });
          const run = requested(it.now());
          await it.plain.runs.create(run);
          await beginRun(it.plain, run);
          for (let turn = 0; turn < 2500 && !isOver(it.rows.get(1) ?? run); turn++) {
            if (turn === cancelledAt) {
              await applyToRun(it.plain, 1, { type: "cancel_requested", by: "ada" });
              await it.plain.queue.send({ type: "run", run_id: 1 });
            }
            const due = it.messages.filter(({ at }) => at <= Date.parse(it.now()));
            for (const message of due) it.messages.splice(it.messages.indexOf(message), 1);
            // Each message comes twice, at the same moment; one whose worker died comes again.
            const work = due.flatMap((message) => [message, message]);
            await Promise.all(
              work.map((message) =>
                message.work(it.mortal).catch((error: unknown) => {
                  if (!(error instanceof Died)) throw error;
                  it.messages.push({ ...message, at: Date.parse(it.now()) + 5000 });
                }),
              ),
            );
            if (turn % 30 === 29) await sweepRuns(it.plain, lostPolls(it.plain.backlog, it.now(), 0));
            it.pass(2);
          }
          const ended = it.rows.get(1);
          if (ended === undefined) throw new Error("It is gone.");
          expect(isOver(ended)).toBe(true);
          expect(it.mostAtOnce()).toBeLessThanOrEqual(1);
          it.pass(120);
          expect(it.runsNow()).toEqual([]);
          if (ended.status === "succeeded") expect(ended.exit_code).toBe(0);
          const wasLeft = cancelledAt === null && !fate.refused && fate.seconds < 1000;
          if (wasLeft)
            expect(ended).toMatchObject({
              status: fate.exitCode === 0 ? "succeeded" : "failed",
              exit_code: fate.exitCode,
            });
          if (cancelledAt === null && fate.seconds > 1000 && !fate.refused)
            expect(ended).toMatchObject({ status: "failed" });
          if (cancelledAt !== null && ended.cancel_requested_at !== null) expect(ended.status).toBe("cancelled");
        },
      ),
      { numRuns: 150 },
    );
  });

  const at = new Date(begun).toISOString();
  const play = (...events: RunEvent[]): Run =>
    events.reduce<Run>((run, event) => {
      const decision = decideRun(run, event, at);
      return "ignored" in decision ? run : decision.next;
    }, requested(at));
  const seen = (
    state: "running" | "stopped" | "absent",
    exit_code: number | null = null,
    reason: string | null = null,
  ) => ({ type: "seen", state, exit_code, reason }) as const;
  const started: RunEvent[] = [{ type: "starting" }, { type: "started", task: "task/1", attempt: 1 }];

  test.each<[string, RunEvent[], Partial<Run>]>([
    [
      "succeeds with exit code 0",
      [...started, seen("running"), seen("stopped", 0)],
      { status: "succeeded", exit_code: 0 },
    ],
    [
      "fails with another one",
      [...started, seen("stopped", 137, "OutOfMemoryError.")],
      { status: "failed", exit_code: 137, message: "Exited with code 137: OutOfMemoryError." },
    ],
    [
      "fails where the task never ran",
      [...started, seen("stopped", null, "No such image.")],
      { status: "failed", message: "No such image." },
    ],
    ["fails where ECS knows nothing of it", [...started, seen("absent")], { status: "failed" }],
    [
      "is over at once if it is cancelled before anybody began to start it",
      [{ type: "cancel_requested", by: "ada" }],
      { status: "cancelled" },
    ],
    [
      "is not over before its task has stopped",
      [...started, seen("running"), { type: "cancel_requested", by: "ada" }],
      { status: "running", message: "Stopping" },
    ],
    [
      "is cancelled then, with the exit code",
      [...started, { type: "cancel_requested", by: "ada" }, seen("stopped", 143)],
      { status: "cancelled", exit_code: 143, message: "Cancelled by ada" },
    ],
    [
      "takes no task of another try",
      [
        { type: "starting" },
        { type: "not_started", attempt: 1, message: "Full.", again: true },
        { type: "started", task: "task/1", attempt: 1 },
      ],
      { task: null, attempt: 2 },
    ],
  ])("%s", (_what, events, expected) => {
    expect(play(...events)).toMatchObject(expected);
  });

  test("that is over changes no more", () => {
    const over = play(...started, seen("stopped", 0));
    for (const event of [...started, seen("running"), { type: "cancel_requested", by: "ada" } as const])
      expect(decideRun(over, event, at)).toHaveProperty("ignored");
  });
});

test("a run is looked after without the sweep", async () => {
  const it = fixture({ seconds: 20, exitCode: 0, full: 0, refused: false }, () => false);
  const run = requested(it.now());
  await it.plain.runs.create(run);
  await beginRun(it.plain, run);
  for (let turn = 0; turn < 30; turn++) {
    const due = it.messages.filter(({ at }) => at <= Date.parse(it.now()));
    for (const message of due) {
      it.messages.splice(it.messages.indexOf(message), 1);
      await message.work(it.plain);
    }
    it.pass(1);
  }
  expect(it.rows.get(1)).toMatchObject({ status: "succeeded" });
});
