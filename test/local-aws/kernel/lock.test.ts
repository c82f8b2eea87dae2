import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { lockDataDirectory } from "@slipway/local-aws/kernel/lock";
import { temporaryDirectory } from "../support/files.ts";

let directory: ReturnType<typeof temporaryDirectory>;
let holder: ChildProcess | undefined;

beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => {
  holder?.kill("SIGKILL");
  directory.remove();
});

const HOLD = `
  const { lockDataDirectory } = await import(process.argv[1]);
  globalThis.lock = lockDataDirectory(process.argv[2]);
  console.log(JSON.stringify(globalThis.lock));
  process.stdin.resume();`;

async function holdElsewhere(): Promise<ChildProcess> {
  const module = new URL("../../../packages/local-aws/src/kernel/lock.ts", import.meta.url).href;
  const args = ["--no-warnings", "--input-type=module", "-e", HOLD, module, directory.path];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

test("another process holds the directory until it is killed, and says which it is", async () => {
  holder = await holdElsewhere();
  expect(lockDataDirectory(directory.path)).toEqual({ heldBy: holder.pid });
  const exited = once(holder, "exit");
  holder.kill("SIGKILL");
  await exited;
  const lock = lockDataDirectory(directory.path);
  expect(lock).not.toHaveProperty("heldBy");
  if ("release" in lock) lock.release();
});

test("two local modes of one process cannot share a directory; releasing frees it", () => {
  const first = lockDataDirectory(directory.path);
  expect(lockDataDirectory(directory.path)).toEqual({ heldBy: process.pid });
  if ("release" in first) first.release();
  const second = lockDataDirectory(directory.path);
  expect(second).toHaveProperty("release");
  if ("release" in second) second.release();
});
