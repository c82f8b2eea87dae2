import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";

let app: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  app = mkdtempSync(join(tmpdir(), "slipway-hello-"));
  cpSync(fileURLToPath(new URL("../../examples/hello", import.meta.url)), app, { recursive: true });
});
afterEach(() => {
  child?.kill("SIGKILL");
  rmSync(app, { recursive: true });
});

/** Starts it and resolves with its port. */
function start(env: Readonly<Record<string, string>> = {}): Promise<number> {
  const started = spawn(process.execPath, ["server.js"], {
    cwd: app,
    env: { PORT: "0", HOST: "127.0.0.1", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  child = started;
  return new Promise((resolve, reject) => {
    started.once("exit", reject);
    started.stdout.on("data", (chunk) => {
      const [, port] = /listens on 127\.0\.0\.1:(\d+)/.exec(String(chunk)) ?? [];
      if (port !== undefined) resolve(Number(port));
    });
  });
}

function get(
  port: number,
  path: string,
  agent?: Agent,
): Promise<{ status?: number; connection?: string; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, ...(agent === undefined ? {} : { agent }) }, (response) => {
      let body = "";
      response.on("data", (chunk) => {
        body += chunk;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, connection: response.headers.connection ?? "", body }),
      );
    });
    sent.on("error", reject);
    sent.end();
  });
}

describe("the example application", () => {
  test("says which release is running", async () => {
    const port = await start({ SLIPWAY_COMMIT: "0123456789abcdef", SLIPWAY_DEPLOYMENT_ID: "<7>" });
    const { status, body } = await get(port, "/?x=1");
    expect(status).toBe(200);
    expect(body).toContain("0123456789ab");
    expect(body).toContain("&lt;7&gt;");
  });

  test("answers health checks, and 404 where there is nothing", async () => {
    const port = await start();
    expect(await get(port, "/healthz")).toMatchObject({ status: 200, body: "ok\n" });
    expect(await get(port, "/nope")).toMatchObject({ status: 404 });
  });

  test("ends by itself on SIGTERM, though clients keep their connections open", async () => {
    const port = await start();
    const agent = new Agent({ keepAlive: true });
    expect(await get(port, "/", agent)).toMatchObject({ connection: "keep-alive" });
    const ended = new Promise((resolve) => child?.once("exit", (code) => resolve(code)));
    child?.kill("SIGTERM");
    expect(await ended).toBe(0);
    agent.destroy();
  });

  test("prints its way through its build, in a second or two", () => {
    const began = Date.now();
    const lines = execFileSync(process.execPath, ["build.js"], { cwd: app, encoding: "utf8" }).trim().split("\n");
    expect(lines.length).toBeGreaterThan(4);
    expect(Date.now() - began).toBeGreaterThan(1000);
  });
});
