import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Cron } from "../../lib/core/app.ts";
import { releasedSettings } from "../../lib/core/configuration/configuration.ts";
import { deploymentSchema } from "../../lib/core/deployment/deployment.ts";
import type { RunTasks } from "../../lib/core/ports/runs.ts";
import { isOver, type Run } from "../../lib/core/run/run.ts";
import type { Message } from "../../lib/core/work-queue/message.ts";
import { findMissedCrons } from "../../lib/core/worker/crons.ts";
import type { WorkerDeps } from "../../lib/core/worker/deps.ts";
import { lostPolls } from "../../lib/core/worker/lost-polls.ts";
import { sweepRuns } from "../../lib/core/worker/runs.ts";
import { work } from "../../lib/core/worker/worker.ts";
import { someApp, someDeployment, someSettings } from "../support/deployments.ts";
import { memoryCronRuns, memorySchedules } from "../support/memory-crons.ts";
import { memoryRuns } from "../support/memory-runs.ts";
import { memoryApps, memoryDeployments } from "../support/memory-stores.ts";
import { workerDeps } from "../support/worker-deps.ts";

const begun = Date.parse("2026-01-01T00:00:00.000Z");
const iso = (ms: number): string => new Date(ms).toISOString();

const aCron = (change: Partial<Cron> = {}): Cron => ({
  name: "nightly",
  schedule: "* * * * *",
  timezone: "UTC",
  command: ["report"],
  overlap: "skip",
  timeout_minutes: 60,
  ...change,
});

/** A worker dies in the middle of whatever it does. */
class Died extends Error {}

interface Task {
  readonly arn: string;
  readonly run: number;
  readonly definition: string;
  readonly startedAt: number;
  stoppedAt: number;
}

/** An app with a cron, ECS, and a queue whose messages come twice and again. `seconds`: how long a command runs. */
function fixture(seconds: () => number, dies: () => boolean = () => false, refuses: () => boolean = () => false) {
  let ms = begun;
  const now = () => iso(ms);
  const tasks: Task[] = [];
  const byToken = new Map<string, Task>();
  const wrong: string[] = [];
  let live: number | null = null;
  const goesOn = (task: Task) => task.stoppedAt > ms;
  const ecs: RunTasks = {
    start: async ({ id, attempt, task_definition }) => {
      const token = `${id}-${attempt}`;
      const known = byToken.get(token);
      if (known !== undefined) {
        if (known.definition !== task_definition) wrong.push("the same token for another release");
        return { outcome: "started", task: known.arn };
      }
      if (task_definition !== `definition:${live}`) wrong.push(`${task_definition} started when ${live} was live`);
      if (tasks.some((task) => task.run === id)) wrong.push(`two tasks for run ${id}`);
      const task = {
        arn: `task/${tasks.length + 1}`,
        run: id,
        definition: task_definition,
        startedAt: ms,
        stoppedAt: 0,
      };
      task.stoppedAt = ms + seconds() * 1000;
      tasks.push(task);
      byToken.set(token, task);
      return { outcome: "started", task: task.arn };
    },
    find: async ({ id }) => tasks.find((task) => task.run === id)?.arn ?? null,
    see: async (arn) => {
      const task = tasks.find((one) => one.arn === arn);
      const none = { type: "seen", exit_code: null, reason: null } as const;
      if (task === undefined) return { ...none, state: "absent" };
      return goesOn(task) ? { ...none, state: "running" } : { ...none, state: "stopped", exit_code: 0 };
    },
    stop: async (arn) => {
      const task = tasks.find((one) => one.arn === arn);
      if (task !== undefined && goesOn(task)) task.stoppedAt = ms;
    },
  };
  const dying = <T extends object>(port: T): T =>
    Object.fromEntries(
      Object.entries(port).map(([name, call]) => [
        name,
        typeof call !== "function"
          ? call
          : async (...given: unknown[]) => {
              if (dies()) throw new Died();
              const answer = await call(...given);
              if (dies()) throw new Died();
              return answer;
            },
      ]),
    ) as T;
  const rows = new Map<number, Run>();
  const messages: { readonly at: number; readonly message: Message }[] = [];
  const queue: WorkerDeps["queue"] = {
    send: async (message, delay = 0) => void messages.push({ at: ms + delay * 1000, message }),
  };
  const announced: number[] = [];
  const apps = memoryApps();
  const deployments = memoryDeployments(() => false, []);
  const schedules = memorySchedules();
  const plain = workerDeps({
    apps,
    deployments,
    schedules,
    cronRuns: memoryCronRuns(),
    runs: memoryRuns(rows),
    runTasks: ecs,
    bus: {
      put: async (_type, { id }) => {
        if (refuses()) throw new Died();
        announced.push(Number(id));
      },
    },
    queue,
    now,
  });
  const { runs, cronRuns, bus } = plain;
  const mortal: WorkerDeps = {
    ...plain,
    runs: dying(runs),
    cronRuns: dying(cronRuns),
    bus: dying(bus),
    runTasks: dying(ecs),
    queue: dying(queue),
  };
  return {
    rows,
    tasks,
    wrong,
    plain,
    schedules,
    announced,
    messages,
    now,
    pass: (seconds: number) => {
      ms += seconds * 1000;
    },
    create: () => apps.create(someApp()),
    /** A release with these crons is live from now on. */
    release: async (id: number, crons: readonly Cron[]) => {
      const settings = someSettings({ crons: [...crons] });
      const release = deploymentSchema.shape.release.parse({
        running: false,
        task_definition: `definition:${id}`,
        load_balancer_url: null,
        healthy: 1,
      });
      await deployments.create(someDeployment({ id, release }, { crons: [...crons] }));
      live = id;
      await apps.setLive(1, {
        deployment_id: id,
        replaces: (await apps.get(1))?.live_deployment_id ?? null,
        name: "shop",
        load_balancer_url: null,
        pin: null,
        former_names: [],
        live_settings: releasedSettings(settings),
      });
    },
    due: (cron: string, scheduledAt = now()): Promise<void> =>
      queue.send({ type: "cron", app_id: 1, cron, scheduled_at: scheduledAt.replace(".000Z", "Z") }),
    /** Handles what is due, each message twice at the same moment. */
    handle: async (isTwice = true) => {
      const due = messages.filter(({ at }) => at <= ms);
      for (const message of due) messages.splice(messages.indexOf(message), 1);
      await Promise.all(
        (isTwice ? due.flatMap((one) => [one, one]) : due).map(({ message }) =>
          work(mortal, message).catch((error: unknown) => {
            if (!(error instanceof Died)) throw error;
            messages.push({ at: ms + 5000, message });
          }),
        ),
      );
    },
  };
}

type Fixture = ReturnType<typeof fixture>;

/** Lets time pass, and handles what is due meanwhile. */
async function pass(it: Fixture, seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 2) {
    await it.handle();
    it.pass(2);
  }
}

const ended = (it: Fixture): Pick<Run, "status" | "message" | "deployment_id">[] =>
  [...it.rows.values()].map(({ status, message, deployment_id }) => ({ status, message, deployment_id }));

describe("a cron", () => {
  test("runs once at each of its times, in what is live then, whatever dies, comes twice, late or in no order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 25 }),
        fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 3 }),
        fc.constantFrom("skip" as const, "allow" as const),
        async (deaths, durations, releases, overlap) => {
          const left = [...deaths];
          let started = 0;
          const it = fixture(
            () => durations[started++ % durations.length] ?? 1,
            () => {
              const [next] = left;
              if (next === undefined) return false;
              if (next === 0) left.shift();
              else left[0] = next - 1;
              return next === 0;
            },
          );
          await it.create();
          const cron = aCron({ overlap });
          let live = 1;
          await it.release(live, [cron]);
          const times: string[] = [];
          for (let minute = 0; minute < 8; minute++) {
            if (releases.includes(minute)) await it.release(++live, [cron]);
            times.push(it.now());
            await it.due("nightly");
            await pass(it, 60);
            await sweepRuns(it.plain, lostPolls(it.plain.backlog, it.now(), 0));
          }
          await pass(it, 400);
          for (let turn = 0; turn < 5; turn++) {
            await sweepRuns(it.plain, lostPolls(it.plain.backlog, it.now(), 0));
            await pass(it, 60);
          }
          expect(it.wrong).toEqual([]);
          const runs = [...it.rows.values()];
          expect(runs.map(({ scheduled_at }) => scheduled_at).toSorted()).toEqual(times);
          expect(runs.filter((run) => !isOver(run))).toEqual([]);
          if (overlap === "skip") {
            const byStart = it.tasks.toSorted((one, other) => one.startedAt - other.startedAt);
            for (const [index, task] of byStart.entries())
              expect(task.startedAt).toBeGreaterThanOrEqual(byStart[index - 1]?.stoppedAt ?? 0);
          } else {
            expect(it.tasks).toHaveLength(times.length);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("is skipped while an earlier run of it goes on, and runs again afterwards", async () => {
    const it = fixture(() => 90);
    await it.create();
    await it.release(1, [aCron()]);
    for (let minute = 0; minute < 3; minute++) {
      await it.due("nightly");
      await pass(it, 60);
    }
    await pass(it, 200);
    expect(ended(it)).toEqual([
      { status: "succeeded", message: "Exited with code 0", deployment_id: 1 },
      { status: "cancelled", message: "Skipped: run 1 of nightly was still running.", deployment_id: 1 },
      { status: "succeeded", message: "Exited with code 0", deployment_id: 1 },
    ]);
    expect(it.announced).toEqual([]);
  });

  test("that could not start before another release was live runs in that one, with its command", async () => {
    const it = fixture(() => 5);
    await it.create();
    await it.release(1, [aCron()]);
    await it.due("nightly");
    // Its run is recorded; whoever is to start it comes after the release.
    await it.handle(false);
    await it.release(2, [aCron({ command: ["report", "--new"] })]);
    await pass(it, 60);
    expect(it.wrong).toEqual([]);
    expect([...it.rows.values()]).toMatchObject([
      { deployment_id: 2, command: ["report", "--new"], status: "succeeded", task_definition: "definition:2" },
    ]);
  });

  test("that what is live does not have any more does nothing", async () => {
    const it = fixture(() => 5);
    await it.create();
    await it.release(1, []);
    await it.due("nightly");
    await pass(it, 10);
    expect(it.rows.size).toBe(0);
    await it.plain.queue.send({ type: "cron", app_id: 7, cron: "nightly", scheduled_at: it.now() });
    await pass(it, 10);
    expect(it.rows.size).toBe(0);
  });

  test("whose time is long past fails, and that is announced until it is known to be", async () => {
    let refused = 0;
    const it = fixture(
      () => 5,
      () => false,
      () => refused++ < 12,
    );
    await it.create();
    await it.release(1, [aCron()]);
    await it.due("nightly", iso(begun - 21 * 60_000));
    await pass(it, 10);
    expect([...it.rows.values()]).toMatchObject([{ status: "failed", announce: true, task: null, exit_code: null }]);
    for (let turn = 0; turn < 10; turn++) {
      await sweepRuns(it.plain, lostPolls(it.plain.backlog, it.now(), 0));
      await pass(it, 60);
    }
    const [run] = it.rows.values();
    expect(new Set(it.announced)).toEqual(new Set([run?.id]));
    expect(run).toMatchObject({ announce: false, next_poll_at: null });
    expect(it.tasks).toEqual([]);
  });

  test("is found to be missed where nothing came at its time", async () => {
    const it = fixture(() => 5);
    await it.create();
    await it.release(1, [aCron({ schedule: "*/10 * * * *" }), aCron({ name: "often", schedule: "rate(1 minute)" })]);
    const look = async () => {
      const app = await it.plain.apps.get(1);
      if (app !== null) await findMissedCrons(it.plain, app);
    };
    await look();
    await it.due("nightly", iso(begun + 600_000));
    it.pass(620);
    await pass(it, 20);
    expect([...it.rows.values()]).toMatchObject([{ status: "succeeded" }]);
    it.pass(40 * 60);
    await look();
    await look();
    await pass(it, 60);
    // 00:20 is 25 minutes ago and more; 00:30 may come yet.
    const [, ...missed] = it.rows.values();
    expect(missed).toMatchObject([{ status: "failed", scheduled_at: "2026-01-01T00:20:00.000Z", started_at: null }]);
    expect(new Set(it.announced)).toEqual(new Set(missed.map(({ id }) => id)));
  });

  test("has a schedule for as long as its release is live", async () => {
    const it = fixture(() => 5);
    await it.create();
    const sync = async () => {
      await it.plain.queue.send({ type: "crons", app_id: 1 });
      await it.handle();
    };
    await it.release(1, [aCron({ timezone: "Europe/Berlin" })]);
    await sync();
    expect(it.schedules.of(1)).toEqual([
      { name: "nightly", expression: "cron(* * * * ? *)", timezone: "Europe/Berlin" },
    ]);
    await it.release(2, []);
    await sync();
    expect(it.schedules.of(1)).toEqual([]);
    await it.release(3, [aCron()]);
    await sync();
    const app = await it.plain.apps.get(1);
    if (app !== null) await it.plain.apps.replace({ ...app, deleted_at: it.now(), version: app.version + 1 }, app);
    await sync();
    expect(it.schedules.of(1)).toEqual([]);
  });
});
