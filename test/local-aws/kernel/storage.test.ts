import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { stepLimits } from "@slipway/local-aws/containers/docker/limits";
import { namelessOf } from "@slipway/local-aws/containers/docker/usage";
import { createWatch } from "@slipway/local-aws/containers/docker/watch";
import { type FaultDisk, faultDisk } from "../../support/fault-disk.ts";

let parent: string;
let dir: string;
let disk: FaultDisk;

beforeEach(async () => {
  parent = mkdtempSync(join(tmpdir(), "slipway-storage-"));
  dir = join(parent, "data");
  mkdirSync(join(dir, "dynamodb"), { recursive: true });
  writeFileSync(join(dir, "format"), "1\n");
  disk = faultDisk(dir);
  await disk.poll();
  expect(disk.storage.refusal()).toBeNull();
});
afterEach(() => {
  disk.storage.close();
  rmSync(parent, { recursive: true, force: true });
});

const elsewhere = () => join(parent, "elsewhere");

describe("a data directory that is not there any more refuses changes and says so when it", () => {
  test.each<[string, () => void]>([
    ["was deleted", () => rmSync(dir, { recursive: true })],
    ["was emptied", () => rmSync(join(dir, "dynamodb"), { recursive: true })],
    ["was moved", () => renameSync(dir, elsewhere())],
    [
      "was replaced by another",
      () => {
        renameSync(dir, elsewhere());
        mkdirSync(join(dir, "dynamodb"), { recursive: true });
        writeFileSync(join(dir, "format"), "1\n");
      },
    ],
    [
      "was replaced by a file",
      () => {
        renameSync(dir, elsewhere());
        writeFileSync(dir, "");
      },
    ],
  ])("%s", async (_how, happen) => {
    happen();
    await disk.poll();
    expect(disk.storage.refusal()?.message).toContain(`${dir} was deleted, moved or replaced while in use`);
    await disk.poll();
    expect(disk.said).toHaveLength(1);
  });
});

test("what cannot be found is the directory's fault only when the directory is gone", () => {
  const missing = Object.assign(new Error("ENOENT: no such file or directory"), { code: "ENOENT" });
  expect(disk.storage.failed(missing)).toBe(missing);
  renameSync(dir, elsewhere());
  expect(disk.storage.failed(missing)).toBe(disk.storage.refusal());
  expect(disk.storage.refusal()).not.toBeNull();
});

test("changes are accepted again once the same directory is back", async () => {
  let repaired = 0;
  disk.storage.repairWith(() => void repaired++);
  renameSync(dir, elsewhere());
  await disk.poll();
  mkdirSync(join(dir, "dynamodb"), { recursive: true });
  await disk.poll();
  expect([disk.storage.refusal() === null, repaired]).toEqual([false, 0]);
  rmSync(dir, { recursive: true });
  renameSync(elsewhere(), dir);
  await disk.poll();
  expect([disk.storage.refusal(), repaired]).toEqual([null, 1]);
});

test("what a task writes is not measured any more once its directory is gone", async () => {
  const due: (() => void)[] = [];
  const after = (_ms: number, run: () => void) => {
    due.push(run);
    return () => undefined;
  };
  const watch = createWatch({ after });
  const exhausted: string[] = [];
  const end = watch.begin({
    pid: -1,
    limits: stepLimits(),
    writable: [join(parent, "cleared-away")],
    onExhausted: (what) => void exhausted.push(what),
  });
  for (let turn = 0; turn < 4; turn++) {
    for (const run of due.splice(0)) run();
    // A rejection that nobody catches would end the process, and this test.
    await new Promise((resume) => setTimeout(resume, 20));
  }
  expect(due.length).toBeGreaterThan(0);
  expect(exhausted).toEqual([]);
  end();
});

test("a directory that is gone has no open files without a name", async () => {
  expect(await namelessOf(process.pid, join(parent, "cleared-away"))).toEqual({ bytes: 0, hides: false });
});
