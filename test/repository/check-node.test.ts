import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { expect, test } from "@jest/globals";

const script = join(resolve(import.meta.dirname, "../.."), "bin/check-node.js");

/** Runs the check as on another version of Node.js. */
function checkedOn(version: string) {
  const versions = `data:text/javascript,Object.defineProperty(process.versions,"node",{value:"${version}"})`;
  return spawnSync(process.execPath, ["--import", versions, script], { encoding: "utf8" });
}

test("npm ci says nothing on a supported Node.js", () => {
  expect(checkedOn("24.1.0")).toMatchObject({ status: 0, stdout: "", stderr: "" });
});

test("npm ci says in one line what an unsupported Node.js needs", () => {
  const { status, stderr } = checkedOn("20.20.2");
  expect([status, stderr.split("\n").length]).toEqual([1, 2]);
  expect(stderr).toMatch(/^Slipway needs Node\.js 24, .* Install it from https:\/\/nodejs\.org, then run npm ci again/);
});
