import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openImages } from "@slipway/local-aws/containers/images/images";
import { copiedSize, copyTree, listing, removeTree } from "@slipway/local-aws/containers/images/tree";

let base: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), "slipway-tree-"));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** Directories below each other whose path no system call takes. */
function makeDeep(top: string, last = ""): void {
  const script = `mkdir $ARGV[0]; chdir $ARGV[0]; for (1..40) { mkdir "d" x 200; chdir "d" x 200 } mkdir "f"; ${last}`;
  execFileSync("/usr/bin/perl", ["-e", script, top]);
}

test("a tree that is deeper than a path can be long is removed, with what is closed in it", () => {
  const top = join(base, "deep");
  makeDeep(top, `chmod 0, "f"; chdir ".."; chmod 0, "d" x 200;`);
  removeTree(top);
  expect(existsSync(top)).toBe(false);
});

test("what a killed build left does not keep the image store from being opened, however deep it is", () => {
  const images = openImages(base);
  makeDeep(join(images.scratch(), "rootfs"));
  mkdirSync(join(images.scratch(), "other"));
  images.sweep();
  expect(readdirSync(join(base, "images"))).toEqual([]);
});

test("a tree is removed whatever its directories forbid, and what its links lead to stays", () => {
  const top = join(base, "closed");
  mkdirSync(join(top, "a/b"), { recursive: true });
  writeFileSync(join(top, "a/b/file"), "");
  writeFileSync(join(base, "outside"), "");
  symlinkSync(base, join(top, "a/link"));
  chmodSync(join(top, "a/b"), 0);
  chmodSync(join(top, "a"), 0);
  removeTree(top);
  expect([existsSync(top), existsSync(join(base, "outside"))]).toEqual([false, true]);
  removeTree(top);
});

test.each([
  ["measured", (top: string) => copiedSize(top)],
  ["listed", (top: string) => listing(top)],
  ["copied", (top: string) => copyTree(top, join(base, "copy"))],
])("a tree that is deeper than a path can be long is not %s, and the error says what to do", (what, run) => {
  const top = join(base, `too-deep-${what}`);
  makeDeep(top);
  expect(() => run(top)).toThrow(/^the path ….{60} is too long: .* Use fewer or shorter directories$/);
  removeTree(top);
  removeTree(join(base, "copy"));
});
