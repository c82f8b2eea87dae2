import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, ends, logOf, reaches, registerApp } from "../support/deploying.ts";
import {
  eventually,
  type LocalMode,
  removeDirectory,
  startLocalMode,
  temporaryDirectory,
} from "../support/local-mode.ts";
import { processTree } from "../support/process-tree.ts";
import { engine, left, networks } from "./engine.ts";

const root = resolve(import.meta.dirname, "../..");
const endless = ["node -e \"console.log('waiting'); setInterval(() => {}, 1000)\" endless-step"];

let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let before: string[];
let data: string;

beforeEach(async () => {
  before = networks();
  data = temporaryDirectory();
  local = await startLocalMode({ data });
  api = apiAt(local.url);
}, 120_000);
afterEach(async () => {
  await local.kill();
  removeDirectory(data);
});

/** An app that runs, and a second one in the middle of a build. */
async function busy(): Promise<number> {
  const app = await registerApp(api, healthyApp("one"), { name: "runs", healthCheckPath: "/healthz" });
  expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
  expect(left(data).containers.length).toBeGreaterThan(0);
  const building = await registerApp(api, healthyApp("never", endless), { name: "builds" });
  const id = await deploy(api, building.id);
  await reaches(api, id, ["building"]);
  await eventually("the build waits", async () => ((await logOf(api, id)).includes("waiting\n") ? true : undefined));
  return id;
}

const steps = (): number[] => processTree(1).filter((pid) => /^node\0.*endless-step\0$/s.test(commandLineOf(pid)));

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch (error) {
    // It ended since it was listed.
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return "";
    throw error;
  }
}

async function nothingStays(): Promise<void> {
  await eventually("no container is left", () => (left(data).containers.length === 0 ? true : undefined), 60);
  await eventually("no step of a build runs", () => (steps().length === 0 ? true : undefined), 60);
  expect(networks()).toEqual(before);
}

describe("nothing stays", () => {
  test("of a cancelled build", async () => {
    const id = await busy();
    await api.post(`/api/deployments/${id}/cancel`, {});
    expect(await ends(api, id)).toMatchObject({ stage: "cancelled" });
    await eventually("one container is left", () => (left(data).containers.length === 1 ? true : undefined), 60);
    await eventually("no step of a build runs", () => (steps().length === 0 ? true : undefined), 60);
  }, 240_000);

  test("after Ctrl-C, which npm repeats: the second within two seconds is the same wish", async () => {
    await busy();
    const exited = new Promise((done) => local.process.once("exit", done));
    local.process.kill("SIGINT");
    await sleep(100);
    local.process.kill("SIGINT");
    expect(await exited).toBe(0);
    await nothingStays();
  }, 240_000);

  test("after SIGKILL", async () => {
    await busy();
    await local.kill();
    await nothingStays();
  }, 240_000);

  test("in the engine after --fresh", async () => {
    await busy();
    expect(left(data).images).toHaveLength(1);
    await local.stop();
    local = await startLocalMode({ data, args: ["--fresh"] });
    await eventually("no image is left", () => (left(data).images.length === 0 ? true : undefined), 60);
  }, 240_000);
});

test("the demo ends with 0 and leaves no image", async () => {
  const state = temporaryDirectory();
  const child = spawn(process.execPath, [join(root, "bin/local.ts"), "--demo-and-exit"], {
    cwd: root,
    env: { ...process.env, XDG_STATE_HOME: state },
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += String(chunk)));
  const code = await new Promise((done) => child.once("exit", done));
  expect(said).toContain(`Container engine: ${engine}, because `);
  expect(said).toContain("Step 1/5 : FROM node:24-alpine\n");
  expect(code).toBe(0);
  const demo = /file:\/\/(\S*slipway-demo-[^/]*)/.exec(said)?.[1] ?? "";
  expect(demo).not.toBe("");
  expect(left(demo)).toEqual({ containers: [], images: [] });
  removeDirectory(state);
}, 240_000);
