import { afterAll, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { answersOf, deploy, ends, logOf, registerApp } from "../support/deploying.ts";
import { eventually, removeDirectory, startLocalMode, temporaryDirectory } from "../support/local-mode.ts";
import { commandLinesWith } from "../support/process-tree.ts";

const data = temporaryDirectory();
afterAll(() => removeDirectory(data));

test("the local mode is killed in the start of a worker: after the restart it runs once, with the version that is live", async () => {
  let local = await startLocalMode({ data });
  const version = (name: string) => ({
    ...healthyApp(name),
    "worker.mjs": 'console.log("works"); setInterval(() => {}, 1000); process.on("SIGTERM", () => process.exit(0));',
  });
  const processes = [{ name: "worker", command: ["node", "worker.mjs"], stopSeconds: 5 }];
  const settings = { name: "killed-worker", healthCheckPath: "/healthz", processes };
  const app = await registerApp(apiAt(local.url), version("one"), settings);
  const first = await deploy(apiAt(local.url), app.id);
  expect(await ends(apiAt(local.url), first, 480)).toMatchObject({ stage: "success" });
  app.repository.commit(version("two"), "Second");
  const id = await deploy(apiAt(local.url), app.id);
  await eventually("the start of the worker", async () =>
    (await logOf(apiAt(local.url), id)).includes("Starting worker.") ? true : undefined,
  );
  await local.kill();
  await eventually("no process is left", () => (commandLinesWith(data).length === 0 ? true : undefined));

  local = await startLocalMode({ data });
  const api = apiAt(local.url);
  expect(await ends(api, id, 480)).toMatchObject({ stage: "success", log_complete: true });
  expect((await logOf(api, id)).split("\n").filter((line) => line === "worker runs.")).toHaveLength(1);
  // Another local mode may have taken its port meanwhile, or give it back: its address changes then.
  await eventually("the new version answers", async () => {
    const answers = await answersOf(api, app.id, 5).catch(() => []);
    return answers.join() === Array(5).fill("two").join() ? true : undefined;
  });
  const tasksOf = async () => {
    const { tasks } = (await api.get(`/api/apps/${app.id}/status`)).body.data;
    return tasks.filter(({ state }: { state: string }) => state === "starting" || state === "running");
  };
  await eventually("each process runs once", async () => {
    const alive = (await tasksOf()).map((task: { process: string }) => task.process);
    return alive.toSorted().join() === "web,worker" ? true : undefined;
  });
  expect(await tasksOf()).toEqual([
    expect.objectContaining({ deployment_id: id }),
    expect.objectContaining({ deployment_id: id }),
  ]);
  // A task is several processes: those that make its sandbox, and its command.
  const working = commandLinesWith(data).filter((line) => line.endsWith("node worker.mjs"));
  expect(new Set(working.map((line) => /\/ecs\/tasks\/\w+/.exec(line)?.[0])).size).toBe(1);
  await local.stop();
}, 900_000);
