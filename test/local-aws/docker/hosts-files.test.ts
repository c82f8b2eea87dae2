import { openSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { openHostsFiles } from "@slipway/local-aws/containers/hosts-files";
import { temporaryDirectory } from "../support/files.ts";

let home: ReturnType<typeof temporaryDirectory>;
beforeEach(() => {
  home = temporaryDirectory();
});
afterEach(() => home.remove());

test("names reach files that are open, and what reads them already", () => {
  const files = openHostsFiles(join(home.path, "hosts"), "127.0.0.1");
  files.set(["orders.slipway.internal"]);
  const path = files.open("one", "127.0.0.1 localhost\n");
  expect(readFileSync(path, "utf8")).toBe("127.0.0.1 localhost\n127.0.0.1 orders.slipway.internal\n");
  // As a mount has it: by the file itself, and not by its name.
  const mounted = openSync(path, "r");
  files.set(["orders.slipway.internal", "stock.slipway.internal"]);
  const read = () => readFileSync(`/proc/self/fd/${mounted}`, "utf8");
  expect(read()).toContain("127.0.0.1 stock.slipway.internal\n");
  files.set([]);
  expect(read()).toBe("127.0.0.1 localhost\n");
  expect(statSync(path).mode & 0o777).toBe(0o644);
});

test("what is closed is gone, and nothing is left of an earlier start", () => {
  const directory = join(home.path, "hosts");
  const before = openHostsFiles(directory, "10.88.0.1").open("lost", "");
  const files = openHostsFiles(directory, "10.88.0.1");
  expect(() => statSync(before)).toThrow("ENOENT");
  const path = files.open("one", "");
  files.close("one");
  files.close("never");
  files.set(["orders.slipway.internal"]);
  expect(() => statSync(path)).toThrow("ENOENT");
});
