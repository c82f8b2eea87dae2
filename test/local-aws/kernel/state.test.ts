import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { asRefusal, takeDataDirectory } from "@slipway/local-aws/kernel/data-directory";
import { StartRefused } from "@slipway/local-aws/kernel/refusal";
import { openState } from "@slipway/local-aws/kernel/state";
import * as z from "zod";
import { type FaultDisk, faultDisk } from "../../support/fault-disk.ts";

const schema = z.object({ family: z.string(), n: z.number() });
const byFamily = { family: ({ family }: z.infer<typeof schema>) => family };

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "slipway-state-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe("a lookup", () => {
  test("finds what was put with that value, follows changes, and is made for what was there before it", () => {
    const first = openState(dir);
    const plain = first.collection("things", schema);
    for (let n = 0; n < 10; n++) plain.put(String(n), { family: n % 2 === 0 ? "even" : "odd", n });
    first.close();
    const second = openState(dir);
    const things = second.collection("things", schema, byFamily);
    expect(things.where("family", "even").map(({ n }) => n)).toEqual([0, 2, 4, 6, 8]);
    things.put("0", { family: "zero", n: 0 });
    things.delete("2");
    expect(things.where("family", "even").map(({ n }) => n)).toEqual([4, 6, 8]);
    expect(things.where("family", "zero").map(({ n }) => n)).toEqual([0]);
    second.close();
  });
});

describe("history", () => {
  test("is not read by who looks something else up", () => {
    let read = 0;
    const counting = schema.refine(() => {
      read += 1;
      return true;
    });
    const state = openState(dir);
    const things = state.collection("things", counting, byFamily);
    for (let n = 0; n < 2000; n++) things.put(String(n), { family: n < 3 ? "few" : "many", n });
    read = 0;
    expect(things.where("family", "few")).toHaveLength(3);
    expect(things.get("1999")?.n).toBe(1999);
    expect(read).toBe(4);
    state.close();
  });
});

describe("while the disk takes nothing", () => {
  let disk: FaultDisk;
  /** SQLite itself meets a file that may not grow. */
  const opened = () => {
    disk = faultDisk(dir);
    return openState(dir, disk.storage, disk.write);
  };

  test("what is written is kept in memory, is not acknowledged, and is on disk once there is room", async () => {
    const state = opened();
    const things = state.collection("things", schema, byFamily);
    things.put("a", { family: "x", n: 1 });
    things.put("b", { family: "x", n: 2 });
    disk.fill();
    things.put("a", { family: "y", n: 3 });
    things.put("c", { family: "x", n: 4 });
    things.delete("b");
    expect(state.storage.refusal()?.message).toMatch(/is full: 9\.0 MB of 200 MB are free/);
    expect(things.get("a")).toEqual({ family: "y", n: 3 });
    expect(things.get("b")).toBeUndefined();
    expect(things.where("family", "x").map(({ n }) => n)).toEqual([4]);
    expect(things.all().map(({ n }) => n)).toEqual([3, 4]);
    disk.empty();
    await disk.poll();
    expect(state.storage.refusal()).toBeNull();
    state.close();
    const again = openState(dir);
    expect(again.loss).toBeNull();
    expect(
      again
        .collection("things", schema, byFamily)
        .where("family", "x")
        .map(({ n }) => n),
    ).toEqual([4]);
    again.close();
  });

  test("it is said once, and that it is over", async () => {
    const state = opened();
    const things = state.collection("things", schema);
    disk.fill();
    for (let n = 0; n < 5; n++) things.put(String(n), { family: "x", n });
    await disk.poll();
    expect(disk.said).toHaveLength(1);
    disk.empty();
    await disk.poll();
    expect(disk.said).toEqual([expect.stringContaining(dir), expect.stringContaining("Changes are accepted")]);
    state.close();
  });
});

describe("a damaged data directory", () => {
  const refusalOf = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      const refusal = asRefusal(dir, error);
      expect(refusal).toBeInstanceOf(StartRefused);
      return String(refusal);
    }
    throw new Error("It was opened.");
  };
  const filled = (): void => {
    const state = openState(dir);
    const things = state.collection("things", schema);
    for (let n = 0; n < 500; n++) things.put(String(n), { family: "x", n });
    state.close();
  };

  test.each([
    ["garbage", () => writeFileSync(join(dir, "state.sqlite"), "garbage".repeat(1000))],
    ["cut", () => truncateSync(join(dir, "state.sqlite"), Math.floor(statSync(join(dir, "state.sqlite")).size / 2))],
  ])("with state that is %s is refused", (_how, damage) => {
    filled();
    damage();
    expect(refusalOf(() => openState(dir))).toMatch(/damaged files.*--fresh/);
  });

  test("with state that is gone says what is lost", () => {
    filled();
    rmSync(join(dir, "state.sqlite"));
    const state = openState(dir);
    expect(state.loss).toMatch(/has lost its last 500 writes of 500/);
    state.close();
  });

  test.each([
    ["0", "an older"],
    ["1", "an older"],
    ["99", "a newer"],
    ["nonsense", "something else"],
  ])("of format %s is refused", (format, whose) => {
    writeFileSync(join(dir, "format"), format);
    expect(refusalOf(() => takeDataDirectory(dir, false))).toMatch(new RegExp(`written by ${whose}.*--fresh`));
    takeDataDirectory(dir, true)();
    takeDataDirectory(dir, false)();
  });

  test("with a damaged lock is refused, and begun anew when asked to", () => {
    writeFileSync(join(dir, "lock.sqlite"), "garbage".repeat(1000));
    expect(refusalOf(() => takeDataDirectory(dir, false))).toMatch(/damaged files.*--fresh/);
    takeDataDirectory(dir, true)();
  });

  test("that is a file is refused and not deleted", () => {
    const file = join(dir, "file");
    writeFileSync(file, "mine");
    for (const fresh of [false, true]) expect(refusalOf(() => takeDataDirectory(file, fresh))).toMatch(/is a file/);
    expect(statSync(file).size).toBe(4);
  });
});
