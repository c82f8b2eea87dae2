import { execFile } from "node:child_process";
import { resolve4 } from "node:dns/promises";
import { homedir } from "node:os";
import { localAccess } from "../local-access/client.ts";
import { registryDirectory } from "../local-access/registry.ts";
import type { CliDeps, Ended, Output } from "./deps.ts";
import { nodeQuestions } from "./questions.ts";

const longestOutput = 32 * 1024 * 1024;

/** The machine that this process runs on. */
export function nodeDeps(): CliDeps {
  const isDumb = process.env.TERM === "dumb";
  const output = (stream: NodeJS.WriteStream): Output => ({
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY === true && !isDumb,
    columns: () => stream.columns,
  });
  return {
    env: process.env,
    cwd: process.cwd(),
    homeDirectory: homedir(),
    platform: process.platform,
    nodeVersion: process.versions.node,
    out: output(process.stdout),
    err: output(process.stderr),
    questions: process.stdin.isTTY === true && process.stderr.isTTY === true ? nodeQuestions(process.stderr) : null,
    readInput: async () => {
      const chunks: Buffer[] = await process.stdin.toArray();
      return Buffer.concat(chunks).toString("utf8");
    },
    run,
    addressesOf: (name) => resolve4(name).catch(() => []),
    onInterrupt: (run) => {
      const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
      for (const signal of signals) process.on(signal, run);
      return () => {
        for (const signal of signals) process.off(signal, run);
      };
    },
    localAccess: localAccess(registryDirectory(process.env, homedir())),
    now: Date.now,
  };
}

function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; timeoutMs?: number } = {},
): Promise<Ended> {
  const { cwd, timeoutMs = 30_000 } = options;
  // Never a question for a password, which nobody would see.
  const env = { ...process.env, GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" };
  return new Promise((done) => {
    execFile(program, args, { cwd, env, timeout: timeoutMs, maxBuffer: longestOutput }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : null;
      done({ code, stdout, stderr });
    });
  });
}
