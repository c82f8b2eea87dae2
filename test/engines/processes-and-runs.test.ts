// What runs in containers beside the web server: the release command, workers, crons and one-off commands.
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { taskPrefixOf } from "@slipway/local-aws/containers/docker/engine-names";
import type { AppUsage } from "@slipway/monitor/client";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, ends, logOf, registerApp } from "../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { engine, left } from "./engine.ts";

const lastLines = 900;
const drainSeconds = 3;

/** `<name> <what>`: ends with a code, waits, drains slowly, or takes more memory than it may have. */
const task = `
const [name, what] = process.argv.slice(2);
console.log(name + " has port " + process.env.PORT);
process.on("SIGTERM", () => {
  console.log(name + " drains");
  setTimeout(() => {
    console.log(name + " has drained");
    process.exit(0);
  }, what === "slow" ? ${drainSeconds * 1000} : 0);
});
process.on("SIGUSR2", () => {
  for (let n = 1; n <= ${lastLines}; n++) console.log(name + " says " + n);
  process.exit(9);
});
if (what === "hog") globalThis.kept = Array.from({ length: 40 }, () => Buffer.alloc(32 * 1024 * 1024, 1));
else if (what === "slow" || what === "wait") setInterval(() => {}, 1000);
else process.exit(Number(what));
`;
const files = { ...healthyApp(), "task.mjs": task };

let local: LocalMode;
let api: ReturnType<typeof apiAt>;

beforeAll(async () => {
  local = await startLocalMode({ args: ["--minute", "5s"] });
  api = apiAt(local.url);
});
afterAll(async () => {
  await local?.stop();
  removeDirectory(local.data);
});

interface Task {
  readonly task: string;
  readonly process: string;
  readonly state: string;
  readonly exit_code: number | null;
  readonly deployment_id: number | null;
}

const linesOf = async (path: string): Promise<string[]> =>
  (await api.get(path)).body.data.map(({ line }: { line: string }) => line.trimEnd());
const workers = async (id: number): Promise<Task[]> =>
  (await api.get(`/api/apps/${id}/status`)).body.data.tasks.filter(({ process }: Task) => process === "worker");
const runningWorker = async (id: number): Promise<Task | undefined> =>
  (await workers(id)).find(({ state }) => state === "running");
/** Whether the engine has the container of a task, running or not. */
const hasContainer = (taskId: string): boolean => left(local.data).containers.some((line) => line.includes(taskId));
const signal = (taskId: string, name: string): void =>
  void execFileSync(engine, ["kill", "--signal", name, `${taskPrefixOf(local.data)}${taskId}`], { stdio: "ignore" });

test.concurrent("a worker is released, restarted when it crashes, kept when a release fails, and drains", async () => {
  const settings = {
    name: "shop",
    healthCheckPath: "/healthz",
    releaseCommand: ["node", "task.mjs", "migration", "0"],
    processes: [{ name: "worker", command: ["node", "task.mjs", "worker", "slow"], stopSeconds: 20 }],
  };
  const { id, repository } = await registerApp(api, files, settings);
  const first = await deploy(api, id);
  expect(await ends(api, first, 480)).toMatchObject({ stage: "success", error_message: null });
  expect(await logOf(api, first)).toMatch(/^migration has port \d+$/m);
  expect(await linesOf(`/api/apps/${id}/logs?process=worker`)).toEqual(["worker has port undefined"]);

  const crashing = await eventually("the worker runs", () => runningWorker(id));
  signal(crashing.task, "USR2");
  const ended = await eventually("its end is known", async () =>
    (await workers(id)).find((one) => one.task === crashing.task && one.state === "stopped"),
  );
  expect(ended).toMatchObject({ exit_code: 9 });
  await eventually("it was restarted", () => runningWorker(id));
  const said = (await linesOf(`/api/apps/${id}/logs?process=worker&q=says&limit=1000`)).length;
  expect(said).toBe(lastLines);
  expect(hasContainer(crashing.task)).toBe(false);

  repository.commit({ "task.mjs": `if (process.argv[2] === "worker") process.exit(4);\n${task}` }, "Lose the queue");
  const broken = await ends(api, await deploy(api, id), 480);
  expect(broken).toMatchObject({ stage: "failed", error_code: "release_failed", exit_code: 4 });
  expect(broken.error_message).toMatch(/^The process worker keeps ending: .*exit code 4/);
  await eventually("the worker of the first release runs, and no other", async () => {
    const alive = (await workers(id)).filter(({ state }) => state === "starting" || state === "running");
    return alive.map(({ deployment_id }) => deployment_id).join() === String(first) ? true : undefined;
  });

  const figures = async (): Promise<string[]> => {
    const { series }: AppUsage = (await api.get(`/api/apps/${id}/usage?hours=1`)).body.data;
    const measured = series.filter(
      ({ process, values }) => process === "worker" && values.some((value) => value !== null),
    );
    return measured.map(({ metric }) => metric);
  };
  const wanted = ["cpu", "memory", "restarts"];
  await eventually("its figures are there", async () => {
    const found = await figures();
    return wanted.every((metric) => found.includes(metric as (typeof found)[number])) ? true : undefined;
  });

  expect((await api.call("PATCH", `/api/apps/${id}`, { processes: [] })).status).toBe(200);
  repository.commit({ "task.mjs": task }, "Find it again");
  expect(await ends(api, await deploy(api, id), 480)).toMatchObject({ stage: "success" });
  await eventually("the worker has drained, within its own time", async () =>
    (await linesOf(`/api/apps/${id}/logs?release=${first}`)).includes("worker has drained") ? true : undefined,
  );
  await eventually("no worker has a container", async () =>
    (await workers(id)).some(({ task }) => hasContainer(task)) ? undefined : true,
  );
}, 900_000);

interface Run {
  readonly id: number;
  readonly task: string | null;
  readonly status: string;
  readonly cron: string | null;
  readonly message: string;
  readonly exit_code: number | null;
  readonly finished_at: string | null;
}

describe("runs", () => {
  let app: number;
  const released = async (): Promise<number> => {
    const crons = [{ name: "long", schedule: "* * * * *", command: ["node", "task.mjs", "long", "wait"] }];
    const { id } = await registerApp(api, files, { name: "jobs", healthCheckPath: "/healthz", crons });
    expect(await ends(api, await deploy(api, id))).toMatchObject({ stage: "success", error_message: null });
    return id;
  };
  const start = async (what: string, more: object = {}): Promise<number> => {
    const command = ["node", "task.mjs", "run", what];
    return (await api.post(`/api/apps/${app}/runs`, { command, ...more })).body.data.id;
  };
  const show = async (id: number): Promise<Run> => (await api.get(`/api/runs/${id}`)).body.data;
  const over = (id: number): Promise<Run> =>
    eventually(
      `run ${id} is over`,
      async () => {
        const run = await show(id);
        return run.finished_at === null ? undefined : run;
      },
      180,
    );
  /** All that it prints, to its end. */
  const printed = async (id: number): Promise<string[]> => {
    const lines: string[] = [];
    for (let after = "", isComplete = false; !isComplete; ) {
      const { body } = await api.get(`/api/runs/${id}/logs?wait=10${after === "" ? "" : `&after=${after}`}`);
      lines.push(...body.data.map(({ line }: { line: string }) => line.trimEnd()));
      [after, isComplete] = [body.next_cursor, body.complete];
    }
    return lines;
  };
  const waits = (id: number) =>
    eventually(`run ${id} waits`, async () => ((await linesOf(`/api/runs/${id}/logs`)).length > 0 ? true : undefined));

  test.concurrent("end with their code, by their deadline or when they are cancelled, and leave no container", async () => {
    app = await released();
    const limited = await start("wait", { timeoutMinutes: 1 });
    expect(await over(await start("7"))).toMatchObject({
      status: "failed",
      exit_code: 7,
      message: "Exited with code 7",
    });
    const hog = await over(await start("hog"));
    expect(hog).toMatchObject({ status: "failed", exit_code: 137 });
    expect(hog.message).toContain("out of memory: it reached its limit of 512 MB");

    const cancelled = await start("wait");
    await waits(cancelled);
    await api.post(`/api/runs/${cancelled}/cancel`);
    expect(await over(cancelled)).toMatchObject({ status: "cancelled" });
    expect(await printed(cancelled)).toEqual([
      expect.stringMatching(/^run has port \d+$/),
      "run drains",
      "run has drained",
    ]);

    const crons = async (): Promise<Run[]> =>
      (await api.get(`/api/apps/${app}/runs?limit=100`)).body.data.filter(({ cron }: Run) => cron === "long");
    const skipped = await eventually("a cron was skipped", async () =>
      (await crons()).find(({ status }) => status === "cancelled"),
    );
    const running = (await crons()).filter(({ status }) => status === "running");
    expect(running).toHaveLength(1);
    expect(skipped.message).toBe(`Skipped: run ${running[0]?.id} of long was still running.`);

    const late = await over(limited);
    expect(late).toMatchObject({ status: "failed", message: "It ran longer than 1 minutes, and was stopped." });
    for (const { task } of [hog, await show(cancelled), late])
      await eventually("its container is gone", () => (hasContainer(String(task)) ? undefined : true));
  }, 900_000);
});
