import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { secretOf } from "../support/local-access.ts";
import { eventually, removeDirectory, stateHomeOf, temporaryDirectory } from "../support/local-mode.ts";
import { listeningAddresses, processTree, stillRunning } from "../support/process-tree.ts";

const root = resolve(import.meta.dirname, "../..");
const data = temporaryDirectory();
const started: ChildProcess[] = [];
afterAll(() => {
  for (const child of started) child.kill("SIGKILL");
  removeDirectory(data);
});

/** `npm start` with its demo, on this data directory; the shell is its parent where there is one. */
async function start(parent: "shell" | "test") {
  const command = [process.execPath, "bin/local.ts", "--port", "0", "--data", data];
  // A shell with something left to do stays, instead of becoming the command.
  const [file = "", ...args] = parent === "test" ? command : ["/bin/sh", "-c", '"$@"; exit $?', "sh", ...command];
  const env = { ...process.env, XDG_STATE_HOME: stateHomeOf(data) };
  const child = spawn(file, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  started.push(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += String(chunk)));
  const exited = new Promise<number | null>((done) => child.once("exit", (code) => done(code)));
  await eventually("the demo is over", () => (said.includes("Slipway keeps running.") ? true : undefined));
  const url = /Slipway is ready at (\S+)/.exec(said)?.[1] ?? "";
  const tree = processTree(child.pid ?? 0);
  return { child, url, tree, exited, said: () => said };
}

const goneWithin = (pids: readonly number[], seconds: number) =>
  eventually("no process is left", () => (stillRunning(pids).length === 0 ? true : undefined), seconds);

test("everything listens on the loopback only, and nothing outlives the parent", async () => {
  const { child, tree, url, said } = await start("shell");
  expect(said()).toContain("Deploying hello");
  expect((await apiAt(url, secretOf(data)).get("/api/deployments/1")).body.data.stage).toBe("success");
  // Where there is no /proc, nothing says who listens.
  if (process.platform === "linux") {
    const addresses = listeningAddresses(tree.slice(1));
    expect(addresses.length).toBeGreaterThan(1);
    expect(addresses.filter(({ isLoopback }) => !isLoopback)).toEqual([]);
  }
  expect(tree.length).toBeGreaterThan(2);
  child.kill("SIGKILL");
  await goneWithin(tree, 20);
});

test("a second start deploys nothing again, SIGTERM ends it with 0 and without a child, and unused grants are reported", async () => {
  const { child, tree, url, exited, said } = await start("test");
  expect(said()).not.toContain("Deploying hello");
  expect((await apiAt(url, secretOf(data)).get("/api/deployments")).body.data).toHaveLength(1);
  child.kill("SIGTERM");
  expect(await exited).toBe(0);
  await goneWithin(tree, 5);
  const grant = {
    role: expect.any(String),
    action: expect.stringMatching(/^[\w-]+:\w+/),
    resource: expect.any(String),
  };
  const report = JSON.parse(readFileSync(join(data, "iam-report.json"), "utf8"));
  expect(report).toEqual({ used: expect.any(Array), unused: expect.any(Array) });
  expect(report.used[0]).toEqual(grant);
  expect(report.unused[0]).toEqual(grant);
});
