// The command line as it is installed: packed by npm, run by npx, without a registry.
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { buildCommandLine } from "../../lib/checkout/command-line.ts";
import { removeDirectory, temporaryDirectory } from "../support/local-mode.ts";

const root = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);
const { version, engines } = JSON.parse(readFileSync(join(root, "packages/cli/package.json"), "utf8"));

let place: string;
let built: string;
beforeAll(async () => {
  place = temporaryDirectory();
  built = join(place, "cli");
  await buildCommandLine(root, built);
});
afterAll(() => removeDirectory(place));

test("is one file without dependencies, and the licences of what is in it", () => {
  expect(JSON.parse(readFileSync(join(built, "package.json"), "utf8"))).toEqual({
    name: "slipway",
    version,
    description: expect.any(String),
    license: "MIT",
    type: "module",
    bin: { slipway: "slipway.mjs" },
    files: ["slipway.mjs", "THIRD-PARTY-LICENSES.txt"],
    engines,
  });
  const licences = readFileSync(join(built, "THIRD-PARTY-LICENSES.txt"), "utf8");
  for (const name of ["commander", "@clack/prompts", "zod", "dockerfile-ast"])
    expect(licences).toMatch(new RegExp(`^${name}$`, "m"));
  const program = join(built, "slipway.mjs");
  expect(statSync(program).mode & 0o111).toBe(0o111);
  expect(statSync(program).size).toBeLessThan(600_000);
});

test("runs by npx from the file that npm packs", async () => {
  const env = {
    ...process.env,
    npm_config_cache: join(place, "cache"),
    npm_config_offline: "true",
    npm_config_update_notifier: "false",
  };
  await run("npm", ["pack", built, "--pack-destination", place], { cwd: place, env });
  const [packed = ""] = readdirSync(place).filter((name) => name.endsWith(".tgz"));
  expect(packed).toBe(`slipway-${version}.tgz`);
  const npx = run("npx", ["--yes", "--package", join(place, packed), "slipway", "--version"], { cwd: place, env });
  expect((await npx).stdout).toBe(`${version}\n`);
});
