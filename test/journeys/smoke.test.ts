import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { smokeSteps } from "../../lib/smoke/steps/all.ts";
import { apiAt } from "../support/api.ts";
import { type LocalMode, removeDirectory, startLocalMode, temporaryDirectory } from "../support/local-mode.ts";

const root = resolve(import.meta.dirname, "../..");
const token = randomBytes(32).toString("hex");
const webhookSecret = randomBytes(24).toString("hex");

let local: LocalMode;
let data: string;

beforeAll(async () => {
  data = temporaryDirectory();
  local = await startLocalMode({
    args: ["--minute", "6s", "--auth", "required"],
    env: { SLIPWAY_ADMIN_TOKEN: token, SLIPWAY_GITHUB_WEBHOOK_SECRET: webhookSecret },
  });
});

afterAll(async () => {
  await local?.stop();
  for (const directory of [data, local.data]) removeDirectory(directory);
});

function smoke(...args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [join(root, "bin/smoke.ts"), ...args, "--data", data], {
    cwd: root,
    env: { ...process.env, SLIPWAY_TOKEN: token, SLIPWAY_GITHUB_WEBHOOK_SECRET: webhookSecret },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return new Promise((done) => child.once("close", (code) => done({ code, output })));
}

test("npm run smoke does every step that needs no account, and leaves nothing on the server", async () => {
  const mine = await apiAt(local.url, token).post("/api/apps", {
    name: "mine",
    repoUrl: join(root, "examples/hello"),
  });
  const { code, output } = await smoke("--yes", "--url", local.url, "--lines", "10000");
  const passed = smokeSteps.filter(({ needs }) => needs !== "account");
  for (const { name } of passed) expect(output).toMatch(new RegExp(`^✓ ${name}[ :]`, "m"));
  expect([code, output.trimEnd().split("\n").at(-1)]).toEqual([0, `${passed.length} passed, 0 failed`]);
  const report = readFileSync(join(data, "report.md"), "utf8");
  for (const secret of [token, webhookSecret]) expect(report + output).not.toContain(secret);
  const apps = (await apiAt(local.url, token).get("/api/apps")).body.data;
  expect(apps.map(({ id }: { id: number }) => id)).toEqual([mine.body.data.id]);
}, 2_400_000);
