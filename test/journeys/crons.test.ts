import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, ends, registerApp } from "../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { type Receiver, receiver } from "../support/receiver.ts";

const app = (version: string) => ({
  ...healthyApp(version),
  "job.mjs": `
console.log(process.env.SLIPWAY_CRON + " at " + process.env.SLIPWAY_SCHEDULED_AT + " in ${version}");
if (process.argv[2] === "wait") setInterval(() => {}, 1000);
else process.exit(Number(process.argv[2]));
`,
});

let local: LocalMode;
let there: Receiver;
let api: ReturnType<typeof apiAt>;

beforeAll(async () => {
  [local, there] = await Promise.all([startLocalMode(), receiver()]);
  api = apiAt(local.url);
});
afterAll(async () => {
  await local?.stop();
  await there?.close();
  removeDirectory(local.data);
});

interface Run {
  readonly id: number;
  readonly cron: string | null;
  readonly status: string;
  readonly scheduled_at: string;
  readonly finished_at: string | null;
  readonly [field: string]: unknown;
}

const cron = (name: string, argument: string, more: Readonly<Record<string, unknown>> = {}) => ({
  name,
  schedule: "* * * * *",
  command: ["node", "job.mjs", argument],
  ...more,
});
const runsOf = async (id: number, name: string): Promise<Run[]> =>
  (await api.get(`/api/apps/${id}/runs?limit=100`)).body.data.filter((run: Run) => run.cron === name).reverse();
const run = (id: number, name: string, what: string, is: (run: Run) => boolean): Promise<Run> =>
  eventually(`${name} ${what}`, async () => (await runsOf(id, name)).find(is), 200);

test("crons run at their times in what is live, are told of when they fail, survive a kill, and go with their app", async () => {
  const { id, repository } = await registerApp(api, app("one"), {
    name: "shop",
    healthCheckPath: "/healthz",
    notifications: [
      { type: "slack", url: `${there.url}/slack` },
      { type: "webhook", url: `${there.url}/hook`, secret: "a secret that signs", events: ["run_failed"] },
    ],
    crons: [cron("good", "0"), cron("bad", "3"), cron("long", "wait"), cron("never", "0", { schedule: "0 0 1 1 *" })],
  });
  const first = await deploy(api, id);
  expect(await ends(api, first)).toMatchObject({ stage: "success" });

  const good = await run(id, "good", "succeeded", ({ status }) => status === "succeeded");
  expect(good).toMatchObject({ trigger: "cron", exit_code: 0, deployment_id: first, actor: "Slipway" });
  expect(good.scheduled_at).toMatch(/:00\.000Z$/);
  const printed = (await api.get(`/api/runs/${good.id}/logs`)).body.data;
  expect(printed.map(({ line }: { line: string }) => line)).toEqual([`good at ${good.scheduled_at} in one\n`]);

  const bad = await run(id, "bad", "failed", ({ status }) => status === "failed");
  expect(bad).toMatchObject({ exit_code: 3, message: "Exited with code 3" });
  const notices = await there.at("/hook");
  const told = notices.map(({ body }) => JSON.parse(body)).find(({ data }) => data.id === bad.id);
  expect(told).toMatchObject({
    type: "run",
    event: "run_failed",
    summary: `shop: cron bad failed (run ${bad.id})`,
    data: { cron: "bad", exit_code: 3, app_name: "shop", deployment_id: first },
  });
  await there.at("/slack");

  // The first one goes on: the next is not run, and not told of.
  const waiting = await run(id, "long", "runs", ({ status }) => status === "running");
  const skipped = await run(id, "long", "was skipped", ({ status }) => status === "cancelled");
  expect(skipped.message).toBe(`Skipped: run ${waiting.id} of long was still running.`);

  // Killed in the middle: it ends as failed and is not run again; the next time is.
  await local.kill();
  local = await startLocalMode({ data: local.data });
  api = apiAt(local.url);
  const killed = await run(id, "long", "ended", ({ id, finished_at }) => id === waiting.id && finished_at !== null);
  expect(killed).toMatchObject({ status: "failed", exit_code: null });
  await run(id, "long", "runs again", ({ id, status }) => id > waiting.id && status === "running");
  const times = (await runsOf(id, "good")).map(({ scheduled_at }) => scheduled_at);
  expect(new Set(times).size).toBe(times.length);

  // What is live now has other crons.
  repository.commit(app("two"), "Second version");
  const crons = [cron("good", "0"), cron("fresh", "0", { timezone: "Europe/Berlin" })];
  expect((await api.call("PATCH", `/api/apps/${id}`, { crons })).body.data.pending_changes).toContain("crons");
  const second = await deploy(api, id);
  expect(await ends(api, second)).toMatchObject({ stage: "success" });
  const released = new Date().toISOString();
  for (const name of ["fresh", "good"])
    await run(id, name, "runs in the new release", ({ deployment_id }) => deployment_id === second);
  const after = (await api.get(`/api/apps/${id}/runs?limit=100`)).body.data as Run[];
  const since = after.filter(({ scheduled_at }) => scheduled_at > released);
  expect(since.map(({ deployment_id }) => deployment_id)).toEqual(since.map(() => second));
  expect(new Set(since.map((each) => each.cron))).toEqual(new Set(["good", "fresh"]));

  expect((await api.call("DELETE", `/api/apps/${id}`)).status).toBe(200);
  await eventually("the app is gone", async () =>
    (await api.post("/api/apps", { name: "shop", repoUrl: repository.path })).status === 201 ? true : undefined,
  );
}, 900_000);

test("crons that cannot be are refused by name", async () => {
  const create = async (crons: unknown) =>
    (await api.post("/api/apps", { name: "other", repoUrl: "https://git.example.com/x.git", crons })).body;
  const fieldOf = async (...crons: unknown[]) =>
    (await create(crons)).details.map(({ field }: { field: string }) => field);
  expect(await fieldOf(cron("a", "0", { timezone: "Mars/Olympus" }))).toEqual(["crons.0.timezone"]);
  expect(await fieldOf(cron("a", "0", { schedule: "0 0 30 2 *" }))).toEqual(["crons.0.schedule"]);
  expect(await fieldOf(cron("a", "0", { schedule: "cron(0 0 1 1 ? 2020)" }))).toEqual(["crons.0.schedule"]);
  expect(await fieldOf(cron("a", "0", { schedule: "every day" }))).toEqual(["crons.0.schedule"]);
  expect(await fieldOf(cron("a", "0"), cron("a", "0"))).toEqual(["crons.1.name"]);
  expect(await fieldOf(cron("A b", "0"))).toEqual(["crons.0.name"]);
  expect(await fieldOf(cron("a", "0", { overlap: "queue" }))).toEqual(["crons.0.overlap"]);
  expect(await fieldOf(cron("a", "0", { command: "npm run x" }))).toEqual(["crons.0.command"]);
  const many = Array.from({ length: 21 }, (_, index) => cron(`a${index}`, "0"));
  expect((await create(many)).details).toMatchObject([{ field: "crons" }]);
});
