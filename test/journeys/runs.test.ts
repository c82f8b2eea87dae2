import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, ends, registerApp } from "../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

const app = {
  ...healthyApp(),
  "task.mjs": `
process.on("SIGTERM", () => { console.log("stopping"); process.exit(5); });
console.log("run " + process.env.SLIPWAY_RUN_ID + " of " + process.env.SLIPWAY_APP + " with " + process.env.GREETING);
for (const word of process.argv.slice(3)) console.log("word " + word);
if (process.argv[2] === "wait") setInterval(() => {}, 1000);
else process.exit(Number(process.argv[2]));
`,
};

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

const start = (id: number, command: readonly string[]) => api.post(`/api/apps/${id}/runs`, { command });
const show = async (id: number) => (await api.get(`/api/runs/${id}`)).body.data;
const hasPrinted = (id: number) =>
  eventually(`run ${id} has printed`, async () => {
    const { data } = (await api.get(`/api/runs/${id}/logs`)).body;
    return data.length > 0 ? true : undefined;
  });
const over = (id: number) =>
  eventually(`run ${id} is over`, async () => {
    const run = await show(id);
    return run.finished_at === null ? undefined : run;
  });

/** All that a run prints, to its end. */
async function printed(id: number): Promise<string[]> {
  const lines: string[] = [];
  for (let after = "", complete = false; !complete; ) {
    const { body } = await api.get(`/api/runs/${id}/logs?wait=10${after === "" ? "" : `&after=${after}`}`);
    lines.push(...body.data.map(({ line }: { line: string }) => line.trimEnd()));
    after = body.next_cursor;
    complete = body.complete;
  }
  return lines;
}

test("a command runs once in the live release, is followed, cancelled, and ends with Slipway's restart", async () => {
  const { id } = await registerApp(api, app, { name: "shop", healthCheckPath: "/healthz", env: { GREETING: "hello" } });
  expect((await start(id, ["true"])).body).toMatchObject({ code: "nothing_live" });
  const released = await deploy(api, id);
  expect(await ends(api, released)).toMatchObject({ stage: "success" });

  const accepted = await start(id, ["node", "task.mjs", "0", "it's", "a b"]);
  expect(accepted).toMatchObject({ status: 201, body: { data: { status: "pending", deployment_id: released } } });
  const first = accepted.body.data.id;
  expect(await printed(first)).toEqual([`run ${first} of shop with hello`, "word it's", "word a b"]);
  expect(await show(first)).toMatchObject({ status: "succeeded", exit_code: 0, trigger: "manual", actor: "local" });

  const failing = (await start(id, ["node", "task.mjs", "3"])).body.data.id;
  expect(await over(failing)).toMatchObject({ status: "failed", exit_code: 3, message: "Exited with code 3" });
  const absent = (await start(id, ["no-such-program"])).body.data.id;
  expect(await over(absent)).toMatchObject({ status: "failed" });

  const waiting = (await start(id, ["node", "task.mjs", "wait"])).body.data.id;
  await eventually("it runs", async () => ((await show(waiting)).status === "running" ? true : undefined));
  await hasPrinted(waiting);
  expect(await api.post(`/api/runs/${waiting}/cancel`)).toMatchObject({ status: 202 });
  expect(await over(waiting)).toMatchObject({ status: "cancelled" });
  expect(await printed(waiting)).toContain("stopping");
  expect(await api.post(`/api/runs/${first}/cancel`)).toMatchObject({ status: 409 });

  // Killed with Slipway, it ends right after the restart and is not run again.
  const killed = (await start(id, ["node", "task.mjs", "wait"])).body.data.id;
  await hasPrinted(killed);
  await local.kill();
  local = await startLocalMode({ data: local.data });
  api = apiAt(local.url);
  expect(await over(killed)).toMatchObject({ status: "failed", exit_code: null });
  expect(await printed(killed)).toEqual([`run ${killed} of shop with hello`]);

  const listed = (await api.get(`/api/apps/${id}/runs?limit=2`)).body;
  expect(listed.data.map((run: { id: number }) => run.id)).toEqual([killed, waiting]);
  expect((await api.get(`/api/apps/${id}/runs?cursor=${listed.next_cursor}`)).body.data).toHaveLength(3);
  const audit = (await api.get(`/api/audit?appId=${id}`)).body.data;
  const actions = audit.map(({ action }: { action: string }) => action);
  expect(actions.filter((action: string) => action === "run.create")).toHaveLength(5);
  expect(actions.filter((action: string) => action === "run.cancel")).toHaveLength(1);

  expect((await api.call("PATCH", `/api/apps/${id}`, { runs: false })).status).toBe(200);
  expect((await start(id, ["true"])).body).toMatchObject({ code: "runs_disabled" });
  for (const command of [[], "true", [""], [1]])
    expect((await api.post(`/api/apps/${id}/runs`, { command })).body).toMatchObject({ code: "invalid_request" });
});
