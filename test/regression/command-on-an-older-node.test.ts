// The command of a checkout, run by its path, is run by the system's Node.js, which may read no TypeScript.
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "@jest/globals";
import slipway from "../../packages/cli/package.json" with { type: "json" };

const command = join(resolve(import.meta.dirname, "../../packages/cli"), slipway.bin.slipway);

test.each([[[]], [["--no-strip-types"]]])("slipway runs by its path with node %j", (flags) => {
  const printed = execFileSync(process.execPath, [...flags, command, "--version"], { cwd: tmpdir(), encoding: "utf8" });
  expect(printed.trim()).toBe(slipway.version);
});

test("it ends as the command does", () => {
  const end = () =>
    execFileSync(process.execPath, ["--no-strip-types", command, "no-such-command"], { cwd: tmpdir(), stdio: "pipe" });
  expect(end).toThrow(expect.objectContaining({ status: 2 }));
});
