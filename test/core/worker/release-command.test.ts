import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Deployment } from "../../../lib/core/deployment/deployment.ts";
import { requestDeployment } from "../../../lib/core/deployment/request.ts";
import type { AppLogEvent } from "../../../lib/core/ports/app-logs.ts";
import type { Message } from "../../../lib/core/work-queue/message.ts";
import { apply } from "../../../lib/core/worker/apply.ts";
import type { WorkerDeps } from "../../../lib/core/worker/deps.ts";
import { work } from "../../../lib/core/worker/worker.ts";
import { someApp, someSettings } from "../../support/deployments.ts";
import { memoryDeployments, memoryLog } from "../../support/memory-stores.ts";
import { workerDeps } from "../../support/worker-deps.ts";

const begun = Date.parse("2026-01-01T00:00:00.000Z");
class Died extends Error {}

interface Fate {
  readonly exitCode: number;
  readonly seconds: number;
  readonly lines: number;
  /** What each line goes on with. */
  readonly text?: string;
}

const app = (command: string[] | null) =>
  someApp({ settings: someSettings({ release_command: command, release_command_minutes: 1 }) });

/** A deployment whose image is there, with ECS and a queue whose workers die. */
function fixture(fate: Fate, dies: () => boolean) {
  let ms = begun;
  let holders = 0;
  const now = () => new Date(ms).toISOString();
  const log = memoryLog();
  const tasks: { readonly arn: string; readonly attempt: number; stoppedAt: number; exitCode: number }[] = [];
  const printed: AppLogEvent[] = [];
  const released: number[] = [];
  const messages: { at: number; message: Message }[] = [];
  const plain = workerDeps({
    log,
    deployments: memoryDeployments(log.isSealed, []),
    now,
    holder: () => `holder ${++holders}`,
    queue: { send: async (message, delay = 0) => void messages.push({ at: ms + delay * 1000, message }) },
    redactionFor: async () => (line) => line.replace("secret", "***"),
    appLogs: {
      read: async ({ from }) => ({ events: printed.filter(({ at }) => at >= from && at <= ms), token: null }),
    },
    runTasks: {
      start: async ({ attempt, deployment_id }) => {
        const known = tasks.find((task) => task.attempt === attempt);
        if (known !== undefined) return { outcome: "started", task: known.arn };
        const arn = `task/${tasks.length + 1}`;
        tasks.push({ arn, attempt, stoppedAt: ms + fate.seconds * 1000, exitCode: fate.exitCode });
        for (let line = 1; line <= fate.lines; line++) {
          const at = ms + Math.floor((fate.seconds * 1000 * line) / (fate.lines + 1));
          printed.push({
            stream: `web/${deployment_id}/app/${tasks.length}`,
            at,
            message: `secret ${line}${fate.text ?? ""}`,
          });
        }
        return { outcome: "started", task: arn };
      },
      find: async () => tasks.find(({ stoppedAt }) => stoppedAt > ms)?.arn ?? null,
      see: async (arn) => {
        const task = tasks.find((one) => one.arn === arn);
        const none = { type: "seen", exit_code: null, reason: null } as const;
        if (task === undefined) return { ...none, state: "absent" };
        return task.stoppedAt <= ms
          ? { ...none, state: "stopped", exit_code: task.exitCode }
          : { ...none, state: "running" };
      },
      stop: async (arn) => {
        const task = tasks.find((one) => one.arn === arn);
        if (task !== undefined && task.stoppedAt > ms) Object.assign(task, { stoppedAt: ms + 1000, exitCode: 143 });
      },
    },
    releases: {
      ...workerDeps().releases,
      define: async () => ({ outcome: "defined", task_definition: "definition:1" }),
      start: async ({ deployment_id }) => {
        released.push(ms);
        return {
          outcome: "started",
          task_definition: `definition:${deployment_id}`,
          url: "http://x",
          load_balancer_url: "http://x",
          note: null,
        };
      },
      see: async ({ settings }) => ({
        type: "release_seen",
        state: "succeeded",
        task_definition: null,
        healthy: settings.instances,
        desired: settings.instances,
        traffic: 100,
        baking: false,
        paused: false,
        reason: null,
        alarm: null,
        printed: null,
        trouble: null,
        unhealthy: null,
        exit_code: null,
        restored: false,
      }),
      stop: async () => "absent",
      undo: async () => "absent",
      stopAllButLive: async () => "absent",
    },
  });
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
  const mortal: WorkerDeps = {
    ...plain,
    deployments: dying(plain.deployments),
    runs: dying(plain.runs),
    runTasks: dying(plain.runTasks),
    queue: dying(plain.queue),
    log: dying(plain.log),
  };
  return {
    plain,
    mortal,
    log,
    tasks,
    printed,
    released,
    messages,
    now,
    pass: (seconds: number) => {
      ms += seconds * 1000;
    },
    time: () => ms,
  };
}

/** Calls that go well before each one at which a worker dies. */
const someDeaths = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 20 });

function dyingAfter(gaps: readonly number[]): () => boolean {
  const left = [...gaps];
  return () => {
    const [next] = left;
    if (next === undefined) return false;
    if (next === 0) left.shift();
    else left[0] = next - 1;
    return next === 0;
  };
}

async function play(
  fate: Fate,
  deaths: readonly number[],
  cancelledAt: number | null,
  command: string[] | null = ["migrate"],
) {
  const it = fixture(fate, dyingAfter(deaths));
  await it.plain.apps.create(app(command));
  const row = requestDeployment(
    {
      id: 7,
      app: app(command),
      trigger: "retry",
      actor: "ada",
      reason: null,
      branch: "main",
      commit: { hash: "c".repeat(40), message: "Fix" },
      image_digest: `sha256:${"0".repeat(64)}`,
      rollback_of: null,
    },
    it.now(),
  );
  await it.plain.deployments.create(row);
  it.messages.push({ at: it.time(), message: { type: "deployment", deployment_id: 7, event: { type: "woken" } } });
  const read = async (): Promise<Deployment> => (await it.plain.deployments.get(7)) ?? row;
  for (let turn = 0; turn < 1500 && (await read()).finished_at === null; turn++) {
    if (turn === cancelledAt) {
      await apply(it.plain, 7, { type: "cancel_requested", by: "ada", reason: null });
      it.messages.push({ at: it.time(), message: { type: "deployment", deployment_id: 7, event: { type: "woken" } } });
    }
    const due = it.messages.filter(({ at }) => at <= it.time());
    for (const one of due) it.messages.splice(it.messages.indexOf(one), 1);
    // Each message comes twice.
    await Promise.all(
      due
        .flatMap((one) => [one, one])
        .map((one) =>
          work(it.mortal, one.message).catch((error: unknown) => {
            if (!(error instanceof Died)) throw error;
            it.messages.push({ at: it.time() + 5000, message: one.message });
          }),
        ),
    );
    if (turn % 30 === 29) await work(it.plain, { type: "sweep" });
    it.pass(2);
  }
  const lines = it.log
    .lines(7)
    .map(({ line }) => line.trimEnd())
    .filter((line) => line.startsWith("***"));
  return { ...it, ended: await read(), lines };
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `*** ${index + 1}`);

describe("a release command", () => {
  test("runs once before the release, with its lines in the log, whatever dies and comes twice", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          exitCode: fc.constantFrom(0, 1, 3),
          seconds: fc.integer({ min: 0, max: 40 }),
          lines: fc.integer({ min: 0, max: 30 }),
        }),
        someDeaths,
        fc.option(fc.integer({ min: 0, max: 20 }), { nil: null }),
        async (fate, deaths, cancelledAt) => {
          const { ended, lines, tasks, released, time } = await play(fate, deaths, cancelledAt);
          expect(ended.finished_at).not.toBeNull();
          expect(tasks.length).toBeLessThanOrEqual(1);
          expect(tasks.every(({ stoppedAt }) => stoppedAt <= time())).toBe(true);
          // Nothing is released before it succeeded, and nothing of it where it did not.
          const [task] = tasks;
          for (const at of released) expect(at).toBeGreaterThanOrEqual(task?.stoppedAt ?? Number.POSITIVE_INFINITY);
          if (released.length > 0) expect(task?.exitCode).toBe(0);
          expect(lines).toEqual(numbered(lines.length));
          if (cancelledAt !== null) return;
          expect(lines).toEqual(numbered(fate.lines));
          if (fate.exitCode === 0) expect(ended.stage).toBe("success");
          else
            expect(ended).toMatchObject({
              stage: "failed",
              error_code: "release_command_failed",
              exit_code: fate.exitCode,
              failed_stage: "deploying",
              rolled_back: false,
            });
        },
      ),
      { numRuns: 80 },
    );
  });

  test("that runs too long is stopped, and fails the deployment", async () => {
    const { ended, tasks, released } = await play({ exitCode: 0, seconds: 10_000, lines: 0 }, [], null);
    expect(ended).toMatchObject({ stage: "failed", error_code: "release_command_failed" });
    expect(ended.error_message).toContain("It ran longer than 1 minutes");
    expect(tasks[0]?.exitCode).toBe(143);
    expect(released).toEqual([]);
  });

  test("is shown in the deployment's message while it runs", async () => {
    const { ended, log } = await play({ exitCode: 0, seconds: 5, lines: 1 }, [], null);
    const deploying = ended.timeline.find(({ stage }) => stage === "deploying");
    expect(deploying?.message).toBe("Running the release command");
    expect(log.lines(7).map(({ line }) => line.trimEnd())).toEqual(
      expect.arrayContaining(["Running the release command: migrate", "The release command succeeded."]),
    );
  });

  test("is none where the app has none", async () => {
    const { ended, tasks, released } = await play({ exitCode: 1, seconds: 1, lines: 1 }, [], null, null);
    expect(ended.stage).toBe("success");
    expect(tasks).toEqual([]);
    expect(released).toHaveLength(1);
  });
});

test("what it prints can only be read, and long lines are split", async () => {
  const text = `\u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007 \u202egnp.exe \u001b[31mred\u001b[0m ${"x".repeat(20_000)}`;
  const it = await play({ exitCode: 0, seconds: 5, lines: 1, text }, [], null);
  const lines = it.log.lines(7).filter(({ stream }) => stream === "stdout");
  expect(lines.map(({ line }) => Buffer.byteLength(line) <= 16 * 1024)).toEqual([true, true]);
  expect(lines[0]?.line.slice(0, 40)).toBe(`*** 1click gnp.exe \u001b[31mred\u001b[0m ${"x".repeat(8)}`);
});
