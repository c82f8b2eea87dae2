// The local mode is killed while a release command, a cron, a one-off command and a worker's start are under way, and a log is followed.
import { afterAll, expect, test } from "@jest/globals";
import { taskPrefixOf } from "@slipway/local-aws/containers/docker/engine-names";
import { apiAt } from "../../support/api.ts";
import { healthyApp } from "../../support/apps.ts";
import { deploy, ends, logOf, reaches, registerApp } from "../../support/deploying.ts";
import {
  eventually,
  type LocalMode,
  removeDirectory,
  startLocalMode,
  temporaryDirectory,
} from "../../support/local-mode.ts";
import { left } from "../engine.ts";

const data = temporaryDirectory();
const options = { data, args: ["--minute", "5s"] };
let local: LocalMode;
afterAll(async () => {
  await local?.stop();
  removeDirectory(data);
});

/** Its server counts, a line each 20 ms. */
const counting = {
  ...healthyApp(),
  "server.mjs": `${healthyApp()["server.mjs"]}
let n = 0;
setInterval(() => console.log("count " + ++n), 20);
`,
  "wait.mjs": `
console.log(process.argv[2] + " begins");
process.on("SIGTERM", () => process.exit(0));
setInterval(() => {}, 1000);
`,
};
const wait = (name: string): string[] => ["node", "wait.mjs", name];

interface Line {
  readonly line: string;
  readonly task: string;
}
interface Run {
  readonly id: number;
  readonly cron: string | null;
  readonly status: string;
  readonly exit_code: number | null;
  readonly finished_at: string | null;
}
type Api = ReturnType<typeof apiAt>;

/** The engine has those of other tests as well. */
const containers = (): string[] => left(data).containers.filter((line) => line.includes(taskPrefixOf(data)));

const runsOf = async (api: Api, app: number): Promise<Run[]> =>
  (await api.get(`/api/apps/${app}/runs?limit=100`)).body.data;
const cronRun = (api: Api, app: number, what: string, is: (run: Run) => boolean): Promise<Run> =>
  eventually(`the cron ${what}`, async () => (await runsOf(api, app)).find((run) => run.cron !== null && is(run)), 180);
const printed = async (api: Api, run: number): Promise<string[]> =>
  (await api.get(`/api/runs/${run}/logs`)).body.data.map(({ line }: Line) => line.trimEnd());

/** Follows the log of an app's server from where it was left. */
function follower(app: number) {
  const lines: Line[] = [];
  let cursor = "";
  return {
    lines,
    next: async (api: Api): Promise<void> => {
      const after = cursor === "" ? `since=${new Date(Date.now() - 3_600_000).toISOString()}` : `after=${cursor}`;
      const { status, body } = await api.get(`/api/apps/${app}/logs?process=web&limit=1000&${after}`);
      if (status !== 200) return;
      // What runs as `web` beside the server prints as well.
      lines.push(...body.data.filter(({ line }: Line) => line.startsWith("count ")));
      cursor = body.next_cursor;
    },
  };
}

test("after the restart everything ends, nothing runs twice, and no line is lost or doubled", async () => {
  local = await startLocalMode(options);
  let api = apiAt(local.url);
  const crons = [{ name: "long", schedule: "* * * * *", command: wait("cron") }];
  const jobs = await registerApp(api, counting, { name: "jobs", healthCheckPath: "/healthz", crons });
  const migrating = await registerApp(api, counting, { name: "migrating", releaseCommand: wait("migration") });
  const processes = [{ name: "worker", command: wait("worker"), stopSeconds: 5 }];
  const working = await registerApp(api, counting, { name: "working", healthCheckPath: "/healthz", processes });
  const [live, command, worker] = [
    await deploy(api, jobs.id),
    await deploy(api, migrating.id),
    await deploy(api, working.id),
  ];
  expect(await ends(api, live, 480)).toMatchObject({ stage: "success", error_message: null });
  const run = (await api.post(`/api/apps/${jobs.id}/runs`, { command: wait("run") })).body.data.id;
  const log = follower(jobs.id);
  await reaches(api, command, ["deploying"]);
  await eventually("the release command runs", async () =>
    (await logOf(api, command)).includes("migration begins\n") ? true : undefined,
  );
  await eventually("the worker starts", async () =>
    (await logOf(api, worker)).includes("Starting worker.\n") ? true : undefined,
  );
  await eventually("the command runs", async () => ((await printed(api, run)).length > 0 ? true : undefined));
  const cron = await cronRun(api, jobs.id, "runs", ({ status }) => status === "running");
  await eventually("the log was followed for a while", async () => {
    await log.next(api);
    return log.lines.length > 100 ? true : undefined;
  });

  await local.kill();
  await eventually("no container is left", () => (containers().length === 0 ? true : undefined), 60);
  local = await startLocalMode(options);
  api = apiAt(local.url);

  const over = (id: number): Promise<Run> =>
    eventually(`run ${id} is over`, async () => {
      const shown: Run = (await api.get(`/api/runs/${id}`)).body.data;
      return shown.finished_at === null ? undefined : shown;
    });
  for (const id of [run, cron.id]) expect(await over(id)).toMatchObject({ status: "failed", exit_code: null });
  expect(await printed(api, run)).toEqual(["run begins"]);
  expect(await printed(api, cron.id)).toEqual(["cron begins"]);
  await cronRun(api, jobs.id, "runs again", ({ id, status }) => id > cron.id && status === "running");
  expect(await ends(api, command, 480)).toMatchObject({ stage: "failed", error_code: "release_command_failed" });
  expect((await logOf(api, command)).match(/migration begins/g)).toHaveLength(1);
  expect(await runsOf(api, migrating.id)).toHaveLength(1);
  expect(await ends(api, worker, 480)).toMatchObject({ stage: "success", log_complete: true });
  await eventually("jobs and their cron, the app and its worker run once each", () =>
    containers().length === 4 ? true : undefined,
  );

  await eventually("the log goes on with the next task", async () => {
    await log.next(api);
    return new Set(log.lines.map(({ task }) => task)).size > 1 ? true : undefined;
  });
  for (const task of new Set(log.lines.map((line) => line.task))) {
    const counted = log.lines.filter((line) => line.task === task).map(({ line }) => line);
    expect(counted).toEqual(counted.map((_, index) => `count ${index + 1}\n`));
  }
}, 900_000);
