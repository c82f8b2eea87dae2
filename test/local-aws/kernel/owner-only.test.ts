import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { makeOwnerOnly } from "@slipway/local-aws/kernel/owner-only";
import { StartRefused } from "@slipway/local-aws/kernel/refusal";

let place: string;
let before: number;
beforeEach(() => {
  before = process.umask(0o022);
  place = mkdtempSync(join(tmpdir(), "slipway-modes-"));
});
afterEach(() => {
  process.umask(before);
  rmSync(place, { recursive: true, force: true });
});

const modeOf = (path: string): string => (lstatSync(path).mode & 0o777).toString(8);

test("a new one, and all that is made in it afterwards, is its owner's alone", () => {
  const dir = join(place, "deep", "data");
  makeOwnerOnly(dir);
  writeFileSync(join(dir, "file"), "");
  mkdirSync(join(dir, "inner"));
  expect([dir, join(dir, "file"), join(dir, "inner")].map(modeOf)).toEqual(["700", "600", "700"]);
});

test("one that is open to others is closed, but for what lies in images; links are not followed", () => {
  const dir = join(place, "data");
  const rootfs = join(dir, "images", "a1", "rootfs");
  mkdirSync(join(rootfs, "bin"), { recursive: true });
  mkdirSync(join(dir, "logs", "builds"), { recursive: true });
  const outside = join(place, "outside");
  for (const path of [outside, join(dir, "logs", "builds", "b.log"), join(dir, "images", "a1", "config.json")])
    writeFileSync(path, "");
  writeFileSync(join(dir, "tool"), "");
  chmodSync(join(dir, "tool"), 0o755);
  writeFileSync(join(rootfs, "bin", "sh"), "");
  chmodSync(join(rootfs, "bin", "sh"), 0o755);
  symlinkSync(outside, join(dir, "link"));
  makeOwnerOnly(dir);
  const closed = ["", "logs", "logs/builds", "logs/builds/b.log", "images/a1", "images/a1/config.json", "tool"];
  expect(closed.map((path) => modeOf(join(dir, path)))).toEqual(["700", "700", "700", "600", "700", "600", "700"]);
  expect(modeOf(join(rootfs, "bin", "sh"))).toBe("755");
  expect((statSync(outside).mode & 0o777).toString(8)).toBe("644");
});

const asRoot = process.getuid?.() === 0 ? test : test.skip;

asRoot("one that is somebody else's is refused", () => {
  const dir = join(place, "data");
  mkdirSync(dir);
  chownSync(dir, 12_345, 12_345);
  expect(() => makeOwnerOnly(dir)).toThrow(StartRefused);
  expect(() => makeOwnerOnly(dir)).toThrow("belongs to another user: name another with --data.");
});
