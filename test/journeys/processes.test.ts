import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { addressOf, deploy, ends, logOf, registerApp } from "../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

/** Its worker says its version, whether it has a port, and when it is asked to stop; and does what it is told to. */
const app = (version: string, work = "setInterval(() => {}, 1000);") => ({
  ...healthyApp(version),
  "worker.mjs": `
const name = process.argv[2];
console.log(name + " ${version} works with port " + process.env.PORT + " as " + process.env.SLIPWAY_PROCESS);
process.on("SIGTERM", () => {
  console.log(name + " ${version} has drained");
  process.exit(0);
});
${work}
`,
});

interface Task {
  readonly process: string;
  readonly state: string;
  readonly health: string | null;
  readonly deployment_id: number;
}

const process = (name: string) => ({ name, command: ["node", "worker.mjs", name], stopSeconds: 5 });

let local: LocalMode;
let api: ReturnType<typeof apiAt>;

beforeAll(async () => {
  local = await startLocalMode();
  api = apiAt(local.url);
});
afterAll(async () => {
  await local?.stop();
  removeDirectory(local.data);
});

/** Each order of processes runs for a minute before its release goes on. */
const ended = (id: number) => ends(api, id, 480);

/** What runs of an app: `worker 1` is the process worker of deployment 1. */
async function running(id: number): Promise<string[]> {
  const { tasks } = (await api.get(`/api/apps/${id}/status`)).body.data as { tasks: readonly Task[] };
  const alive = tasks.filter(({ state }) => state === "starting" || state === "running");
  return alive.map((task) => `${task.process} ${task.deployment_id}`).sort();
}

const linesOf = async (id: number, name: string): Promise<readonly string[]> => {
  const { data } = (await api.get(`/api/apps/${id}/logs?process=${name}&limit=1000`)).body;
  expect(data.every((line: { process: string }) => line.process === name)).toBe(true);
  return data.map(({ line }: { line: string }) => line.trimEnd());
};

const prints = (id: number, name: string, line: string) =>
  eventually(`${name} prints: ${line}`, async () => ((await linesOf(id, name)).includes(line) ? true : undefined));

/** An app with a worker whose first release is live. */
async function released(name: string) {
  const settings = { name, healthCheckPath: "/healthz", processes: [process("worker")] };
  const { id, repository } = await registerApp(api, app("one"), settings);
  const first = await deploy(api, id);
  expect(await ended(first)).toMatchObject({ stage: "success" });
  expect(await running(id)).toEqual([`web ${first}`, `worker ${first}`]);
  return { id, repository, first };
}

describe("processes beside web", () => {
  test.concurrent("workers are released with web, and one that keeps ending leaves the old release as it was", async () => {
    const { id, repository, first } = await released("shop");
    const log = await logOf(api, first);
    expect(log.indexOf("Starting 1 of shop.")).toBeLessThan(log.indexOf("Starting worker."));
    expect(log).toContain("worker runs.\n");
    expect((await api.get(`/api/apps/${id}/status`)).body.data).toMatchObject({
      health: "live",
      tasks: [{ process: "web" }, { process: "worker", state: "running", health: "healthy", deployment_id: first }],
    });
    await prints(id, "worker", "worker one works with port undefined as worker");
    const unknown = await api.get(`/api/apps/${id}/logs?process=mailer`);
    expect(unknown).toMatchObject({ status: 400, body: { details: [{ field: "process" }] } });
    expect(unknown.body.error).toContain("there is no process mailer");

    const url = await addressOf(api, id);
    let isOver = false;
    const other: string[] = [];
    const asking = (async () => {
      while (!isOver) {
        const text = await fetch(url).then(
          (answer) => answer.text(),
          (error) => String(error),
        );
        if (text !== "one") other.push(text);
        await new Promise((resume) => setTimeout(resume, 50));
      }
    })();
    repository.commit(
      app("two", 'console.error("no queue"); setTimeout(() => process.exit(9), 2500);'),
      "Lose the queue",
    );
    const broken = await deploy(api, id);
    expect(await ended(broken)).toMatchObject({
      stage: "failed",
      failed_stage: "deploying",
      error_code: "release_failed",
      exit_code: 9,
      rolled_back: true,
      error_message: expect.stringMatching(/^The process worker keeps ending: .*exit code 9\..*no queue/s),
    });
    expect(await logOf(api, broken)).toContain("worker's output:\n");
    isOver = true;
    await asking;
    expect(other).toEqual([]);
    expect(await running(id)).toEqual([`web ${first}`, `worker ${first}`]);
  }, 1_200_000);

  test.concurrent("some start before web and some after it, and one-off commands run as one of them", async () => {
    const { id, repository } = await released("ordered");
    const processes = [{ ...process("worker"), order: "before", cpu: 512, memory: 1024 }, process("mailer")];
    await api.call("PATCH", `/api/apps/${id}`, { processes });
    expect((await api.get(`/api/apps/${id}`)).body.data.pending_changes).toContain("processes");
    repository.commit(app("two"), "Second version");
    const second = await deploy(api, id);
    expect(await ended(second)).toMatchObject({ stage: "success" });
    const order = await logOf(api, second);
    const said = ["Starting worker.", "worker runs.", "Starting 1 of ordered.", "Starting mailer.", "mailer runs."];
    expect(said.map((line) => order.indexOf(line))).toEqual(
      said.map((line) => order.indexOf(line)).toSorted((a, b) => a - b),
    );
    expect(said.every((line) => order.includes(line))).toBe(true);
    expect(await running(id)).toEqual([`mailer ${second}`, `web ${second}`, `worker ${second}`]);
    await prints(id, "worker", "worker one has drained");

    const command = ["node", "-p", "6*7"];
    const { data: run } = (await api.post(`/api/apps/${id}/runs`, { command, process: "worker" })).body;
    await eventually("the command has run", async () =>
      (await api.get(`/api/runs/${run.id}`)).body.data.status === "succeeded" ? true : undefined,
    );
    const printed = (await api.get(`/api/runs/${run.id}/logs`)).body.data;
    expect(printed).toMatchObject([{ line: "42\n", process: "worker", deployment_id: second }]);
    const absent = await api.post(`/api/apps/${id}/runs`, { command: ["true"], process: "nobody" });
    expect(absent).toMatchObject({ status: 400, body: { details: [{ field: "process" }] } });
  }, 1_200_000);

  test.concurrent("a rollback brings processes back, and one that the settings lack ends with the next release", async () => {
    const { id, first } = await released("returning");
    await api.call("PATCH", `/api/apps/${id}`, { processes: [process("mailer")] });
    const changed = (await api.post(`/api/apps/${id}/redeploy`)).body.data.id;
    expect(await ended(changed)).toMatchObject({ stage: "success" });
    expect(await running(id)).toEqual([`mailer ${changed}`, `web ${changed}`]);
    const back = (await api.post(`/api/deployments/${first}/rollback`)).body.id;
    expect(await ended(back)).toMatchObject({ stage: "success" });
    expect(await running(id)).toEqual([`web ${back}`, `worker ${back}`]);

    await api.call("PATCH", `/api/apps/${id}`, { processes: [] });
    expect(await running(id)).toEqual([`web ${back}`, `worker ${back}`]);
    const without = (await api.post(`/api/apps/${id}/redeploy`)).body.data.id;
    expect(await ended(without)).toMatchObject({ stage: "success" });
    await eventually("the worker is gone", async () =>
      (await running(id)).join() === `web ${without}` ? true : undefined,
    );
  }, 1_200_000);
});

test("processes that cannot be are refused by name", async () => {
  const { id } = await registerApp(api, app("one"), { name: "other" });
  const fieldsOf = async (...processes: unknown[]) => {
    const { status, body } = await api.call("PATCH", `/api/apps/${id}`, { processes });
    return status === 400 ? body.details.map(({ field }: { field: string }) => field) : status;
  };
  const worker = process("worker");
  expect(await fieldsOf({ ...worker, command: "npm run worker" })).toEqual(["processes.0.command"]);
  expect(await fieldsOf({ ...worker, command: [] })).toEqual(["processes.0.command"]);
  expect(await fieldsOf(worker, worker)).toEqual(["processes.1.name"]);
  expect(await fieldsOf(process("web"))).toEqual(["processes.0.name"]);
  expect(await fieldsOf(process("Web 2"))).toEqual(["processes.0.name"]);
  expect(await fieldsOf({ ...worker, cpu: 300 })).toEqual(["processes.0.cpu"]);
  // Each by itself is right; together with what the app has Fargate has no such size.
  expect(await fieldsOf({ ...worker, memory: 8192 })).toEqual(["processes.0.memory"]);
  expect(await fieldsOf(worker, { ...process("large"), cpu: 4096 })).toEqual(["processes.1.cpu"]);
  expect(await fieldsOf({ ...worker, instances: 0 })).toEqual(["processes.0.instances"]);
  expect(await fieldsOf({ ...worker, stopSeconds: 121 })).toEqual(["processes.0.stopSeconds"]);
  expect(await fieldsOf({ ...worker, order: "first" })).toEqual(["processes.0.order"]);
  expect(await fieldsOf({ ...worker, port: 3000 })).toHaveLength(1);
  expect(await fieldsOf(...Array.from({ length: 21 }, (_, at) => process(`w${at}`)))).toEqual(["processes"]);
  expect(await fieldsOf(worker, { ...process("large"), cpu: 1024, memory: 2048 })).toBe(200);
});
