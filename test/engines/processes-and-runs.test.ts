// What runs in containers beside the web server: the release command, a worker, and one-off commands.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, ends, logOf, registerApp } from "../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

const files = {
  ...healthyApp(),
  "task.mjs": `
const [name, code] = process.argv.slice(2);
console.log(name + " has port " + process.env.PORT);
process.on("SIGTERM", () => {
  console.log(name + " has drained");
  process.exit(0);
});
if (code === undefined) setInterval(() => {}, 1000);
else process.exit(Number(code));
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

test("workers, release commands and one-off commands run, print, end with their exit code and drain", async () => {
  const { id } = await registerApp(api, files, {
    name: "shop",
    healthCheckPath: "/healthz",
    releaseCommand: ["node", "task.mjs", "migration", "0"],
    processes: [{ name: "worker", command: ["node", "task.mjs", "worker"], stopSeconds: 20 }],
  });
  const printed = async (query: string): Promise<readonly string[]> =>
    (await api.get(`/api/apps/${id}/logs?limit=1000&${query}`)).body.data.map(({ line }: { line: string }) => line);
  const first = await deploy(api, id);
  expect(await ends(api, first, 480)).toMatchObject({ stage: "success", error_message: null });
  expect(await logOf(api, first)).toMatch(/^migration has port \d+$/m);
  expect((await api.get(`/api/apps/${id}/status`)).body.data.tasks).toContainEqual(
    expect.objectContaining({ process: "worker", state: "running", health: "healthy" }),
  );
  expect(await printed("process=worker")).toEqual(["worker has port undefined\n"]);

  const run = await api.post(`/api/apps/${id}/runs`, { command: ["node", "task.mjs", "seed", "7"] });
  const over = await eventually("the run is over", async () => {
    const { data } = (await api.get(`/api/runs/${run.body.data.id}`)).body;
    return data.finished_at === null ? undefined : data;
  });
  expect(over).toMatchObject({ exit_code: 7 });
  const { data } = (await api.get(`/api/runs/${run.body.data.id}/logs`)).body;
  expect(data.map(({ line }: { line: string }) => line)).toEqual([expect.stringMatching(/^seed has port \d+\n$/)]);

  expect((await api.call("PATCH", `/api/apps/${id}`, { processes: [] })).status).toBe(200);
  const again = (await api.post(`/api/apps/${id}/redeploy`)).body.data.id;
  expect(await ends(api, again, 480)).toMatchObject({ stage: "success" });
  await eventually("the worker has drained", async () =>
    (await printed(`release=${first}`)).includes("worker has drained\n") ? true : undefined,
  );
});
