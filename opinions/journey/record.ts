import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { clientOf } from "./client.ts";
import { startReceiver } from "./receiver.ts";
import { releaseInEveryWay } from "./releases.ts";

/** Records the local mode while apps are released in every way: `node opinions/journey/record.ts FILE`. */

const root = resolve(import.meta.dirname, "../..");
const webhookSecret = "it-signs-pushes";

/** Starts the local mode; answers its URL once it is ready. */
function startLocalMode(args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, ["bin/local.ts", ...args], {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise<number | null>((done) => child.once("exit", done));
  let text = "";
  const ready = new Promise<string>((done, fail) => {
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const url = /Slipway is ready at (\S+)/.exec(text)?.[1];
      if (url !== undefined) done(url);
    });
    void exited.then((code) => fail(new Error(`The local mode ended with ${code}:\n${text}`)));
  });
  return {
    ready,
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("Name the file of the recording.");
const directory = mkdtempSync(join(tmpdir(), "slipway-journey-"));
// A minute of a bake lasts as long as the worker waits between two polls, so that it sees each step.
const args = [
  "--port",
  "0",
  "--no-demo",
  "--auth",
  "loopback",
  "--engine",
  "host",
  "--minute",
  "6s",
  "--data",
  join(directory, "data"),
  "--record",
  file,
];
const env = {
  ...process.env,
  MALLOC_ARENA_MAX: "2",
  XDG_STATE_HOME: join(directory, "state"),
  SLIPWAY_GITHUB_WEBHOOK_SECRET: webhookSecret,
};
const local = startLocalMode(args, env);
const receiver = await startReceiver();
try {
  const client = clientOf(await local.ready);
  await releaseInEveryWay({ client, directory: join(directory, "sources"), receiver, webhookSecret });
} finally {
  await receiver.close();
  await local.stop();
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
}
