import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { DescribeServicesCommand, DescribeTasksCommand, ListTasksCommand } from "@aws-sdk/client-ecs";
import { afterEach, expect, test } from "@jest/globals";
import { sandboxHere } from "../../support/sandbox.ts";
import { temporaryDirectory } from "../support/files.ts";
import { freePort } from "../support/servers.ts";
import { eventually } from "../support/wait.ts";
import { startCloud } from "./start-ecs.ts";

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true));
    socket.once("error", () => resolve(false)).once("connect", () => socket.destroy());
  });

let child: ChildProcess;
afterEach(() => void child.kill("SIGKILL"));

test("killed with SIGKILL, the local mode leaves no task behind, and serves again when it is started again", async () => {
  const home = temporaryDirectory();
  const port = await freePort();
  const script = fileURLToPath(new URL("./killed.child.ts", import.meta.url));
  child = spawn(process.execPath, ["--no-warnings", script, home.path, String(port)], { stdio: "inherit" });
  const version = async () => (await fetch(`http://127.0.0.1:${port}/`)).text();
  const portsOfTasks = new Set<number>();
  await eventually(async () => {
    const env: unknown = await (await fetch(`http://127.0.0.1:${port}/env`)).json();
    portsOfTasks.add(Number((env as { PORT: string }).PORT));
    expect(portsOfTasks.size).toBe(2);
  }, 20_000);

  child.kill("SIGKILL");
  await eventually(async () => {
    expect(await Promise.all([...portsOfTasks].map(listens))).toEqual([false, false]);
    expect(spawnSync("ps", ["-eo", "args"], { encoding: "utf8" }).stdout).not.toContain(home.path);
  }, 1000);

  const cloud = await startCloud(home.path, await sandboxHere());
  await eventually(async () => expect(await version()).toBe("1"));
  await eventually(async () => {
    const { services } = await cloud.ecs.send(new DescribeServicesCommand({ cluster: "slipway", services: ["app-1"] }));
    expect(services).toMatchObject([{ runningCount: 2, status: "ACTIVE" }]);
  });
  const { taskArns } = await cloud.ecs.send(new ListTasksCommand({ cluster: "slipway", desiredStatus: "STOPPED" }));
  const { tasks } = await cloud.ecs.send(new DescribeTasksCommand({ cluster: "slipway", tasks: taskArns ?? [] }));
  expect(tasks).toMatchObject(Array(2).fill({ lastStatus: "STOPPED", stoppedReason: "The local mode ended." }));
  await cloud.close();
  home.remove();
});
