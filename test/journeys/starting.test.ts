import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, ends, registerApp } from "../support/deploying.ts";
import {
  type LocalMode,
  removeDirectory,
  startLocalMode,
  stateHomeOf,
  temporaryDirectory,
} from "../support/local-mode.ts";

const root = resolve(import.meta.dirname, "../..");
let local: LocalMode;

beforeAll(async () => {
  // As npm start starts it.
  local = await startLocalMode({ heap: "small" });
});

afterAll(async () => {
  await local.stop();
  removeDirectory(local.data);
});

/** Runs `bin/local.ts` to its end. */
function run(...args: string[]): Promise<{ code: number | null; said: string }> {
  const env = { ...process.env, XDG_STATE_HOME: stateHomeOf(local.data) };
  const child = spawn(process.execPath, ["bin/local.ts", ...args], {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += String(chunk);
  });
  return new Promise((done) => child.once("close", (code) => done({ code, said })));
}

describe("a start that cannot be", () => {
  test("because the data directory is held: one sentence, exit 3", async () => {
    const { code, said } = await run("--port", "0", "--data", local.data);
    expect(code).toBe(3);
    expect(said).toMatch(/^The data directory .* is in use by process \d+: .*\n$/);
  });

  // `localhost` is both, and browsers try the second one first.
  test.each(["127.0.0.1", "::1"])("because the port is busy at %s: one sentence, exit 3", async (host) => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, host, done));
    const { port } = server.address() as AddressInfo;
    const data = temporaryDirectory();
    const { code, said } = await run("--port", String(port), "--data", data);
    server.close();
    removeDirectory(data);
    expect(code).toBe(3);
    expect(said).toMatch(new RegExp(`^Port ${port} is busy: .*\\n$`));
  });

  test("because the machine has no sandbox and no engine: one sentence that names docker and podman, exit 3", async () => {
    const data = temporaryDirectory();
    // A user namespace in which there can be no further one.
    const script = 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"';
    const command = [process.execPath, "bin/local.ts", "--port", "0", "--engine", "host", "--data", data];
    const unshare = "unshare";
    const child = spawn(unshare, ["--user", "--map-root-user", "/bin/sh", "-c", script, "sh", ...command], {
      cwd: root,
    });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    const code = await new Promise((done) => child.once("close", done));
    removeDirectory(data);
    expect(code).toBe(3);
    expect(said).toMatch(/^This machine has no sandbox .* docker or podman, .*\n$/);
  });

  test.each([
    { args: ["--engine", "rocket"], words: /--engine/ },
    { args: ["--host", "0.0.0.0"], words: /--host .*--auth required/ },
    { args: ["--colour"], words: /--colour/ },
  ])("because of $args: the flag is named, exit 2", async ({ args, words }) => {
    const { code, said } = await run(...args);
    expect(code).toBe(2);
    expect(said).toMatch(words);
  });
});

describe("a running local mode", () => {
  test("says once that it is ready, when its health answers 200", async () => {
    expect(local.output().match(/Slipway is ready at http:\/\/localhost:\d+\n/g)).toHaveLength(1);
    expect((await apiAt(local.url).get("/api/health")).status).toBe(200);
    expect(local.output()).not.toMatch(/warning/i);
  });

  test("writes the functions' logs so that grep finds a deployment", async () => {
    const api = apiAt(local.url);
    const app = await registerApp(api, healthyApp(), { name: "logged", healthCheckPath: "/healthz" });
    const id = await deploy(api, app.id);
    await ends(api, id);
    const worker = readFileSync(join(local.data, "logs", workerLog()), "utf8")
      .trimEnd()
      .split("\n");
    expect(worker.map((line) => typeof JSON.parse(line))).toEqual(worker.map(() => "object"));
    const found = worker.filter((line) => line.includes(`"deployment_id":${id}`));
    expect(found.length).toBeGreaterThan(3);
    expect(JSON.parse(found.at(-1) ?? "{}")).toHaveProperty("function_request_id");
  });

  test("was denied nothing: every call that a function made is granted by the template", () => {
    const aws = readFileSync(join(local.data, "logs", "lambda.jsonl"), "utf8");
    expect(aws).not.toContain("AccessDenied");
    for (const name of ["Slipway-queuetowork", "Slipway-apitoqueue", "Slipway-rowstosockets", "Slipway-buildtorows"]) {
      expect(readFileSync(join(local.data, "logs", logNamed(name)), "utf8")).not.toContain(
        "is not authorized to perform",
      );
    }
  });
});

const workerLog = () => logNamed("Slipway-queuetowork");

function logNamed(prefix: string): string {
  const found = readdirSync(join(local.data, "logs")).find((name) => name.startsWith(prefix));
  if (found === undefined) throw new Error(`There is no log of ${prefix}`);
  return found;
}
