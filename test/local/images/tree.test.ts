import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { removeTree } from "../../../lib/local/images/tree.ts";

let parent: string;
let tree: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "slipway-tree-"));
  tree = join(parent, "tree");
  mkdirSync(tree);
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

/** Goes down step by step, as any program can: no path is long on the way. */
const godown = `
  for (let depth = 0; depth < 3000; depth++) {
    fs.mkdirSync("down");
    process.chdir("down");
  }
  fs.writeFileSync("treasure", "");
  fs.chmodSync(".", 0o500);
`;

test("a tree is removed however deep it is, which once ended the process of whoever removed it", () => {
  execFileSync(process.execPath, ["-e", godown], { cwd: tree });
  mkdirSync(join(tree, "flat-file"));
  removeTree(tree);
  expect(existsSync(tree)).toBe(false);
});

test("a tree is removed whatever its directories forbid, and what its links lead to stays", () => {
  mkdirSync(join(tree, "a/b"), { recursive: true });
  writeFileSync(join(tree, "a/b/file"), "");
  writeFileSync(join(parent, "outside"), "");
  symlinkSync(parent, join(tree, "a/link"));
  chmodSync(join(tree, "a/b"), 0);
  chmodSync(join(tree, "a"), 0);
  removeTree(tree);
  expect([existsSync(tree), existsSync(join(parent, "outside"))]).toEqual([false, true]);
  removeTree(tree);
});
