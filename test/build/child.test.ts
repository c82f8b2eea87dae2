import { expect, test } from "@jest/globals";
import { type Consume, runCommand } from "../../lib/build/reporter/child.ts";

const after = (ms: number, run: () => void) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};
const ignore: Consume = () => undefined;

function shell(script: string, { signal = new AbortController().signal, stdout = ignore, input = "" } = {}) {
  const command = { file: "/bin/sh", args: ["-c", script], env: { PATH: process.env.PATH }, input };
  return runCommand(command, { after, signal, stdout, stderr: ignore });
}

test("a command's exit code is known, and how a shell would say that a signal ended it", async () => {
  expect(await shell("exit 7")).toBe(7);
  expect(await shell("kill -9 $$")).toBe(137);
});

test("a command that does not exist ends with 127", async () => {
  const options = { after, signal: new AbortController().signal, stdout: ignore, stderr: ignore };
  expect(await runCommand({ file: "no-such-command", args: [], env: {} }, options)).toBe(127);
});

test("nothing is read while a chunk is being consumed, and all of it has been when the command has ended", async () => {
  let consuming = 0;
  let bytes = 0;
  await shell("head -c 1000000 /dev/zero", {
    stdout: async (chunk) => {
      consuming += 1;
      expect(consuming).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      consuming -= 1;
      bytes += chunk.length;
    },
  });
  expect(bytes).toBe(1_000_000);
});

test("a consumer that fails fails the run", async () => {
  const broken = () => Promise.reject(new Error("disk full"));
  await expect(shell("echo x", { stdout: broken })).rejects.toThrow("disk full");
});

test("a process left behind that holds on to the output does not hold up the run", async () => {
  let pid = 0;
  const code = await shell("sleep 60 & echo $!", {
    stdout: (chunk) => {
      pid = Number(chunk.toString());
    },
  });
  process.kill(pid, "SIGKILL");
  expect(code).toBe(0);
});

test("a command that ignores SIGTERM is killed", async () => {
  const stop = new AbortController();
  const code = await shell("trap '' TERM; echo ready; while :; do sleep 0.1; done", {
    signal: stop.signal,
    stdout: () => stop.abort(),
  });
  expect(code).toBe(137);
});

test("input that a command does not read is no error", async () => {
  expect(await shell("exit 0", { input: "x".repeat(1_000_000) })).toBe(0);
});
